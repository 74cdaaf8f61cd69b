import type { CountsReply, TaskView } from '@precedent/contract-types';
import { AppError, perBand } from '@precedent/kernel';
import type { CallingPrincipal, OperationCall } from '@precedent/ports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LiveBoard } from './live-board.ts';
import { FRAME_BYTES, changeFrame, fullFrame, liveViewOf } from './live-frame.ts';

const counts = (completed: number): CountsReply => ({
  bands: perBand((band) => ({
    waiting: 0,
    queued: 0,
    running: 0,
    retrying: 0,
    completed: band === 'high' ? completed : 0,
    failed: 0,
    cancelled: 0,
    timed_out: 0,
    skipped: 0,
    rejected: 0,
  })),
});

const aTask = (id: string, more: Partial<TaskView> = {}): TaskView =>
  ({
    id,
    namespace: 'acme',
    project: 'web',
    type: 'noop',
    band: 'high',
    state: 'running',
    ...more,
  }) as TaskView;

const view = (completed: number, ...tasks: TaskView[]) =>
  liveViewOf(counts(completed), { tasks, truncated: false });

const dataOf = (frame: string | undefined): unknown => {
  const [, data = ''] = frame?.split('\ndata: ') ?? [];
  return JSON.parse(data);
};

describe('a frame of a view', () => {
  it('has only what has changed', () => {
    const before = view(1, aTask('a'), aTask('b'));
    expect(changeFrame(before, view(1, aTask('a'), aTask('b')))).toBeUndefined();
    const changed = changeFrame(before, view(2, aTask('a'), aTask('b', { state: 'completed' })));
    expect(changed).toMatch(/^event: change\n/);
    expect(dataOf(changed)).toMatchObject({ bands: { high: { completed: 2 } }, tasks: [{ id: 'b' }] });
    expect(dataOf(changed)).not.toHaveProperty('order');
    expect(dataOf(changeFrame(before, view(1, aTask('b'))))).toEqual({ order: ['b'] });
  });

  it('leads from each view to the next', () => {
    const rows = ['a', 'b', 'c', 'd'].map((id) => aTask(id));
    const views = [
      view(0, ...rows),
      view(0, ...rows.slice(1), aTask('e')),
      view(3, aTask('e', { state: 'failed' })),
      view(3),
    ];
    let shown = { ...view(9) };
    for (const [index, next] of views.entries()) {
      const last = views[index - 1];
      const frame = last === undefined ? fullFrame(next) : changeFrame(last, next);
      const change = dataOf(frame) as Partial<typeof shown> & { readonly order?: readonly string[] };
      const isFull = frame?.startsWith('event: full');
      const known = new Map([...shown.tasks, ...(change.tasks ?? [])].map((row) => [row.id, row]));
      const ids = isFull ? change.tasks?.map(({ id }) => id) : change.order;
      shown = {
        bands: { ...shown.bands, ...change.bands },
        tasks: (ids ?? shown.tasks.map(({ id }) => id)).map((id) => known.get(id) ?? { id }),
        truncated: change.truncated ?? shown.truncated,
      };
      expect(shown).toEqual(next);
    }
  });

  it('has at most 64 KiB, and says when rows are left out', () => {
    const tasks = Array.from({ length: 200 }, (_, n) => aTask(`t${n}`, { name: 'ü'.repeat(400) }));
    const cut = liveViewOf(counts(1), { tasks, truncated: false });
    expect(cut.truncated).toBe(true);
    expect(cut.tasks.length).toBeGreaterThan(50);
    expect(Buffer.byteLength(fullFrame(cut))).toBeLessThanOrEqual(FRAME_BYTES);
  });
});

const setup = (caller?: CallingPrincipal) => {
  const calls: OperationCall[] = [];
  let [completed, refusal] = [0, undefined as AppError | undefined];
  const board = new LiveBoard({
    calls: {
      call: async (call) => {
        calls.push(call);
        if (refusal) throw refusal;
        return call.verb === 'counts' ? counts(++completed) : { tasks: [aTask('a')], truncated: false };
      },
    },
    caller,
    counts: {},
    tasks: { limit: 10 },
    intervalMs: 5,
  });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  return { board, calls, signal: stopping.signal, refuse: (error: AppError) => (refusal = error) };
};

describe('a board', () => {
  it('gives the whole first and then changes to every viewer, and reads once for all', async () => {
    const { board, calls, signal } = setup();
    const viewers = Array.from({ length: 100 }, () => board.frames(signal));
    for (let n = 0; n < 5; n++) {
      const frames = await Promise.all(viewers.map((viewer) => viewer.next()));
      const names = new Set(frames.map(({ value }) => String(value).split('\n')[0]));
      expect([...names]).toEqual([n === 0 ? 'event: full' : 'event: change']);
    }
    expect(calls.length).toBeLessThan(50);
  });

  it('gives the whole to a viewer that has missed a view', async () => {
    const { board, signal } = setup();
    const [slow, quick] = [board.frames(signal), board.frames(signal)];
    await Promise.all([slow.next(), quick.next()]);
    for (let n = 0; n < 3; n++) await quick.next();
    expect((await slow.next()).value).toMatch(/^event: full/);
  });

  it('ends for all with what the services refuse', async () => {
    const { board, signal, refuse } = setup();
    const viewer = board.frames(signal);
    await viewer.next();
    refuse(new AppError('UNAUTHENTICATED', 'revoked'));
    const rest = async (): Promise<void> => {
      for await (const _ of viewer);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('stays as it is while the engine is away, and does not begin without it', async () => {
    const { board, signal, refuse } = setup();
    refuse(new AppError('ENGINE_NOT_RUNNING', 'away'));
    await expect(board.frames(signal).next()).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' });
  });
});

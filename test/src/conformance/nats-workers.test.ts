import { Probe } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { natsWorkerLink, openWorkerIngress } from '@precedent/nats';
import type { AssignedLease } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { ask, natsWorlds } from './nats-world.ts';
import { scriptedApi } from './scripted-api.ts';

const aWorld = natsWorlds({ config: ['max_payload: 65536'] });

const CLASS = {
  namespace: 'acme',
  project: 'web',
  type: 'document.process',
  band: 'high',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 2_000, total: 0, heartbeat: 0, grace: 5_000 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
} as const;

const HELLO = {
  session: 's1',
  worker: 'w1',
  version: '1.0.0',
  types: ['command'],
  pools: ['default'],
  labels: {},
  resources: {},
  slots: 4,
  running: [['t1', 2]],
};

const aLease = (id: string, payload: unknown): AssignedLease => ({
  id,
  epoch: 1,
  attempt: 1,
  class: CLASS,
  body: JSON.stringify({ payload }),
});

describe('the worker ingress', () => {
  const setup = async () => {
    const world = await aWorld();
    const api = scriptedApi();
    api.called.arm();
    const faults: Problem[] = [];
    const onFault = (problem: Problem): void => void faults.push(problem);
    const ingress = openWorkerIngress({
      nc: world.nc,
      workers: api,
      subjects: world.subjects,
      cell: 'main',
      onFault,
    });
    await world.nc.flush();
    const worker = await world.connect();
    const subject = world.subjects.report('main');
    const request = (message: unknown): Promise<unknown> => ask(worker, subject, message);
    const publish = (message: unknown): void => worker.publish(subject, JSON.stringify(message));
    return { ...world, api, faults, ingress, worker, request, publish };
  };

  it('answers with INTERNAL when the engine throws, and continues', async () => {
    const { api, faults, request } = await setup();
    api.report = () => {
      throw new Error('a bug');
    };
    const report = { kind: 'report', session: 's1', settled: [] };
    expect(await request(report)).toEqual({ error: { code: 'INTERNAL', message: 'a bug' } });
    expect(faults).toEqual([{ code: 'INTERNAL', message: 'a bug' }]);
    expect(await request({ kind: 'hello', ...HELLO })).toMatchObject({ ok: true });
  });

  it('answers hello, report and bye', async () => {
    const { api, request } = await setup();
    expect(await request({ kind: 'hello', ...HELLO })).toEqual({
      ok: true,
      leaseMs: 10_000,
      heartbeatMs: 3_000,
      keep: [['t1', 2]],
    });
    const settled = [{ id: 't1', epoch: 2, outcome: 'completed', result: { pages: 3 } }];
    expect(await request({ kind: 'report', session: 's1', settled })).toEqual({
      ok: true,
      refused: [['t9', 1]],
    });
    expect(await request({ kind: 'bye', session: 's1' })).toEqual({ ok: true });
    expect(api.calls).toEqual([
      // Where access is open everybody is cleared.
      ['hello', { ...HELLO, clearances: ['*'] }],
      ['report', 's1', settled],
      ['bye', 's1'],
    ]);
  });

  it('leaves a worker its own clearances', async () => {
    const { api, request } = await setup();
    await request({ kind: 'hello', ...HELLO, clearances: [] });
    expect(api.calls).toEqual([['hello', { ...HELLO, clearances: [] }]]);
  });

  it('passes messages without an answer on to the engine', async () => {
    const { api, publish } = await setup();
    const suspended = [['t1', 2, 'D1']];
    publish({ kind: 'heartbeat', session: 's1', running: [['t1', 2]], quiet: [['t1', 2, 40]], suspended });
    publish({ kind: 'blocked', session: 's1', ms: 800, tasks: [['t1', 2]], place: 'encode (encode.js:1:1)' });
    publish({ kind: 'progress', session: 's1', id: 't1', epoch: 2, fraction: 0.5, message: 'half' });
    publish({ kind: 'draining', session: 's1' });
    const called = [];
    for (let at = 0; at < 4; at++) called.push(await api.called.next());
    expect(called).toEqual([
      ['heartbeat', 's1', [['t1', 2]], [['t1', 2, 40]], suspended],
      ['blocked', 's1', { ms: 800, tasks: [['t1', 2]], place: 'encode (encode.js:1:1)' }],
      ['progress', 's1', ['t1', 2], 0.5, 'half'],
      ['draining', 's1'],
    ]);
  });

  it('answers with the fault of an invalid message, and continues', async () => {
    const { api, request, publish } = await setup();
    expect(await request('{')).toMatchObject({
      error: { code: 'INVALID_REQUEST', message: 'the message is not JSON' },
    });
    expect(await request({ kind: 'heartbeat', session: 's1', running: [['t1']] })).toMatchObject({
      error: { code: 'INVALID_REQUEST', issues: [{ field: 'running' }] },
    });
    expect(await request({ kind: 'hello', ...HELLO, slots: -1 })).toMatchObject({
      error: { issues: [{ field: 'slots' }] },
    });
    publish({ kind: 'unheard-of', session: 's1' });
    publish({ kind: 'draining', session: 's1' });
    expect(await api.called.next()).toEqual(['draining', 's1']);
  });

  it('receives no message of another cell, and none after it was closed', async () => {
    const { ingress, worker, subjects, request } = await setup();
    await expect(ask(worker, subjects.report('other'), { kind: 'bye', session: 's1' })).rejects.toThrow(
      'no responders',
    );
    await ingress.close();
    await expect(request({ kind: 'bye', session: 's1' })).rejects.toThrow('no responders');
  });
});

describe('natsWorkerLink', () => {
  const setup = async () => {
    const world = await aWorld();
    const worker = await world.connect();
    const received = new Probe<{ subject: string; text: string }>();
    received.arm();
    const listenTo = async (subject: string): Promise<void> => {
      worker.subscribe(subject, {
        callback: (_error, msg) => received.hit({ subject: msg.subject, text: msg.string() }),
      });
      await worker.flush();
    };
    const link = natsWorkerLink({ nc: world.nc, subjects: world.subjects });
    const unreachable = new Probe<string>();
    unreachable.arm();
    link.onUnreachable((session) => unreachable.hit(session));
    return { ...world, worker, received, listenTo, link, unreachable };
  };

  it('sends a session its leases in one message', async () => {
    const { received, listenTo, link, subjects } = await setup();
    await listenTo(subjects.assign('s1'));
    link.assign('s1', [aLease('t1', { a: 'ü' }), aLease('t2', 2)]);
    const { text } = await received.next();
    expect(JSON.parse(text)).toMatchObject({
      tasks: [
        {
          id: 't1',
          epoch: 1,
          attempt: 1,
          type: 'document.process',
          attemptMs: 2_000,
          task: { payload: { a: 'ü' } },
        },
        { id: 't2', task: { payload: 2 } },
      ],
    });
  });

  it('splits leases that exceed the maximum message size', async () => {
    const { received, listenTo, link, subjects } = await setup();
    await listenTo(subjects.assign('s1'));
    link.assign(
      's1',
      Array.from({ length: 4 }, (_, i) => aLease(`t${i}`, '更'.repeat(8_000))),
    );
    const texts = [(await received.next()).text, (await received.next()).text];
    const ids = texts.flatMap((text) =>
      (JSON.parse(text) as { tasks: { id: string }[] }).tasks.map(({ id }) => id),
    );
    expect(ids).toEqual(['t0', 't1', 't2', 't3']);
  });

  it('sends signals to one session, and a leader heartbeat to all workers of the cell', async () => {
    const { received, listenTo, link, subjects } = await setup();
    await listenTo(subjects.signal('s1'));
    await listenTo(subjects.leaderHeartbeat('main'));
    link.signal('s1', [
      { kind: 'stop', id: 't1', epoch: 2, reason: 'cancelled', graceMs: 5_000 },
      { kind: 'who' },
    ]);
    link.sendLeaderHeartbeat({ cell: 'main', engine: 'e1', epoch: 4, at: 7 });
    expect(await received.next()).toEqual({
      subject: subjects.signal('s1'),
      text: '{"signals":[{"kind":"stop","id":"t1","epoch":2,"reason":"cancelled","graceMs":5000},{"kind":"who"}]}',
    });
    expect(await received.next()).toEqual({
      subject: subjects.leaderHeartbeat('main'),
      text: '{"cell":"main","engine":"e1","epoch":4,"at":7}',
    });
  });

  it('reports only the session that has no subscriber any more as unreachable', async () => {
    const { worker, listenTo, link, unreachable, subjects } = await setup();
    await listenTo(subjects.signal('alive'));
    worker.subscribe(subjects.signal('polite'), { callback: (_error, msg) => void msg.respond('thank you') });
    await worker.flush();
    link.signal('alive', [{ kind: 'ping' }]);
    link.signal('polite', [{ kind: 'ping' }]);
    await worker.flush();
    link.signal('gone', [{ kind: 'ping' }]);
    expect(await unreachable.next()).toBe('gone');
    link.assign('gone-too', [aLease('t1', 1)]);
    expect(await unreachable.next()).toBe('gone-too');
  });

  it('finds by a probe, which asks nothing of a worker, that no client listens', async () => {
    const { received, listenTo, link, unreachable, subjects } = await setup();
    await listenTo(subjects.assign('alive'));
    link.probe('alive');
    expect(JSON.parse((await received.next()).text)).toEqual({ tasks: [] });
    link.probe('gone');
    expect(await unreachable.next()).toBe('gone');
  });
});

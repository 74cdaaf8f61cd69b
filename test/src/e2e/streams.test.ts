import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { JournalledEvent } from '@precedent/contract-types';
import { sequenceText, sleep } from '@precedent/kernel';
import type { Child } from '@precedent/processes';
import { describe, expect, it, vi } from 'vitest';
import { historyWorld } from '../history/history-world.ts';
import type { HistoryWorld } from '../history/history-world.ts';
import { framesOf } from './event-reader.ts';
import type { Frame } from './event-reader.ts';
import { crash, environmentOf, startProgram } from './programs.ts';

const BEGINNING = sequenceText(0, 0);
const PATIENCE = { timeout: 60_000, interval: 20 };

/** A cell with a history, and gateways that are started one after the other. */
const setup = async (stack: AsyncDisposableStack) => {
  const history = stack.use(await historyWorld());
  await history.startHistory();
  const dataDir = path.join(history.world.folder, 'store');
  const start = async (): Promise<Child> => {
    const env = environmentOf('streams', {
      PRECEDENT_NATS_URL: history.world.nats.url,
      PRECEDENT_STORAGE_DATA_DIR: dataDir,
      PRECEDENT_GATEWAY_HTTP_PORT: '0',
      PRECEDENT_GATEWAY_MCP_PORT: '0',
      PRECEDENT_GATEWAY_GRPC_PORT: '0',
    });
    const gateway = await startProgram('gateway', env, () => undefined);
    stack.defer(() => gateway.stop({ stopMs: 2_000, forceMs: 1_000 }));
    return gateway;
  };
  const key = (): string => readFileSync(path.join(dataDir, 'gateway.key'), 'utf8').trim();
  const urlOf = (gateway: Child, place: string): string => `${String(gateway.fields['http'])}/api/v1${place}`;
  return { history, start, key, urlOf, client: history.world.client };
};

const submitAll = async ({ world }: HistoryWorld, count: number): Promise<void> => {
  const tasks = Array.from({ length: count }, (_, n) => ({ id: `s${n}`, type: 'noop' }));
  const outcomes = await world.client.submitMany(tasks);
  expect(outcomes.filter((outcome) => 'error' in outcome)).toEqual([]);
};

/** Every event of the journal, as the history has it. */
const journalled = async ({ world: { client } }: HistoryWorld): Promise<JournalledEvent[]> => {
  const { journalSeq } = await client.status();
  await vi.waitFor(async () => {
    expect((await client.history.status()).freshness.seq).toBeGreaterThanOrEqual(journalSeq);
  }, PATIENCE);
  const all: JournalledEvent[] = [];
  for (let after = BEGINNING; ;) {
    const { events, last } = await client.history.feed({ after, limit: 1_000 });
    all.push(...events);
    if (events.length === 0) return all;
    after = last;
  }
};

const sequencesIn = (frames: readonly Frame[]): string[] =>
  frames.flatMap(({ id, data, event }) =>
    data !== undefined && event === undefined && id !== undefined ? [id] : [],
  );

describe('a stream of events over HTTP', () => {
  it('goes on after its gateway was killed under load: each event of the journal once, in order', async () => {
    await using stack = new AsyncDisposableStack();
    const { history, start, key, urlOf } = await setup(stack);
    const frames: Frame[] = [];
    let gateway = await start();
    const submitting = submitAll(history, 3_000);
    let lastEventId: string | undefined = BEGINNING;
    for (const killedAt of [800, 3_000, undefined]) {
      for await (const frame of framesOf({ url: urlOf(gateway, '/events'), key: key(), lastEventId })) {
        frames.push(frame);
        lastEventId = frame.id ?? lastEventId;
        const count = sequencesIn(frames.slice(-1)).length === 0 ? 0 : frames.length;
        if (
          killedAt === undefined &&
          frame.data?.includes('"id":"the-last"') &&
          frame.data.includes('completed')
        )
          break;
        if (killedAt !== undefined && count > killedAt) {
          await crash(gateway);
          break;
        }
      }
      if (killedAt !== undefined) gateway = await start();
      if (killedAt === 3_000) {
        await submitting;
        await history.world.client.submit({ id: 'the-last', type: 'noop' });
      }
    }
    const all = await journalled(history);
    expect(sequencesIn(frames)).toEqual(all.map(({ sequence }) => sequence));
    expect(all.length).toBeGreaterThanOrEqual(6_000);
    expect(frames.filter(({ event }) => event === 'gap')).toEqual([]);
  });

  it('has the sequences that the live feed has', async () => {
    await using stack = new AsyncDisposableStack();
    const { history, start, key, urlOf, client } = await setup(stack);
    const gateway = await start();
    const live: string[] = [];
    const watch = client.watch({});
    const stream = framesOf({ url: urlOf(gateway, '/events'), key: key() });
    await stream.next();
    await stream.next();
    for (let n = 0; n < 5; n++) await client.submit({ type: 'always.fails', retry: { max: 1, delay: 10 } });
    await history.world.client.submit({ id: 'the-last', type: 'noop' });
    for await (const event of watch) {
      if ('gap' in event) continue;
      if (event.sequence !== undefined) live.push(event.sequence);
      if (event.id === 'the-last' && event.event === 'completed') break;
    }
    const frames: Frame[] = [];
    for await (const frame of stream) {
      frames.push(frame);
      if (sequencesIn(frames).at(-1) === live.at(-1)) break;
    }
    expect(sequencesIn(frames)).toEqual(live);
  });

  it('shows screens the counts and the tasks of a window', async () => {
    await using stack = new AsyncDisposableStack();
    const { history, start, key, urlOf } = await setup(stack);
    const gateway = await start();
    const frames: Frame[] = [];
    const live = () => framesOf({ url: urlOf(gateway, '/live?state=completed&limit=5'), key: key() });
    await submitAll(history, 500);
    for await (const frame of live()) {
      if (frame.data !== undefined) frames.push(frame);
      if (frame.data?.includes('"completed":500,')) break;
    }
    expect(frames[0]?.event).toBe('full');
    // How many had their verdicts in the first frame is open; in that of a later screen all have.
    const later: Frame[] = [];
    for await (const frame of live()) {
      later.push(frame);
      if (frame.data !== undefined) break;
    }
    expect(JSON.parse(later.at(-1)?.data ?? '')).toMatchObject({
      bands: { low: { queued: 0 } },
      truncated: true,
    });
    expect(frames.every(({ data = '' }) => data.length <= 65_536)).toBe(true);
  });

  it('of one task ends with its verdict, and its output too', async () => {
    await using stack = new AsyncDisposableStack();
    const { start, key, urlOf, client } = await setup(stack);
    const gateway = await start();
    const worker = client.worker({
      name: 'talks',
      slots: 1,
      handlers: {
        talks: async (_job, { log }) => {
          for (const word of ['one', 'two', 'three']) {
            log('stdout', `${word}\n`);
            await sleep(50);
          }
        },
      },
    });
    await worker.start();
    stack.defer(() => worker.stop());
    const { id } = await client.submit({ type: 'talks' });
    const read = async (place: string): Promise<Frame[]> => {
      const found: Frame[] = [];
      for await (const frame of framesOf({ url: urlOf(gateway, place), key: key() })) found.push(frame);
      return found;
    };
    await vi.waitFor(() => client.history.get(id), PATIENCE);
    const [events, output] = await Promise.all([read(`/tasks/${id}/events`), read(`/tasks/${id}/logs`)]);
    const names = events.flatMap(({ data, event }) =>
      data !== undefined && event === undefined ? [(JSON.parse(data) as JournalledEvent).event] : [],
    );
    expect(names).toEqual(['queued', 'started', 'completed']);
    const text = output.map(({ data, event }) =>
      data !== undefined && event === undefined ? (JSON.parse(data) as { text: string }).text : '',
    );
    expect(text.join('')).toBe('one\ntwo\nthree\n');
    expect([events.at(-1)?.event, output.at(-1)?.event]).toEqual(['end', 'end']);
  });
});

import { sequenceText } from '@precedent/kernel';
import type { HistoryList, HistoryStore, LogEntry, TaskEntry } from '@precedent/ports';
import { EnvelopeWriter, TaskRow } from '@precedent/tasks';
import type { TaskClass } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { follow } from './follow.ts';
import { HistoryService } from './history-service.ts';

const CLASS: TaskClass = {
  namespace: 'default',
  project: 'shop',
  type: 'noop',
  band: 'normal',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
};

const anEntry = (id: string): TaskEntry => ({
  row: new TaskRow({ id, at: 1, class: CLASS, body: '{}', order: 0 }),
  state: 'queued',
  firstStartedAt: 0,
  ranMs: 0,
  asOf: 0,
});

/** An empty store, with what a test needs of it. */
const aStore = (parts: Partial<HistoryStore>): HistoryStore =>
  ({
    position: () => ({ seq: 0, epoch: 0, at: 0 }),
    load: () => undefined,
    list: () => ({ entries: [] }),
    ...parts,
  }) as HistoryStore;

/** Time stands still until a test moves it; nothing that waits for a moment is woken. */
const aClock = () => {
  let now = 1_000_000;
  return {
    now: () => now,
    pass: (ms: number) => void (now += ms),
    wakeAt: () => () => undefined,
    defer: (next: () => void) => void setImmediate(next),
  };
};

const aService = (store: HistoryStore, last: () => Promise<number>) => {
  const clock = aClock();
  const service = new HistoryService({
    store: () => store,
    last,
    clock,
    retentionMs: 1,
    rebuild: () => false,
    isRebuilding: () => false,
    optimise: () => ({ bytes: 0, freeBytes: 0 }),
    copy: () => Promise.reject(new Error('no copy')),
  });
  return { service, clock };
};

describe('an answer of a history', () => {
  it('does not wait for the end of the journal while the history is known to be behind', async () => {
    const ends = [Promise.resolve(100), new Promise<number>(() => undefined)];
    const { service, clock } = aService(aStore({}), () => ends.shift() ?? Promise.reject(new Error('again')));
    await service.list({});
    clock.pass(1_000);
    expect((await service.list({})).freshness).toMatchObject({ seq: 0, lastSeq: 100 });
  });

  it('is no denial of a task while it is unknown how far the journal goes', async () => {
    const ends = [Promise.resolve(0), Promise.reject(new Error('out of reach'))];
    const { service } = aService(aStore({}), () => ends.shift() ?? Promise.resolve(0));
    await service.list({});
    await expect(service.get({ id: 'new', waitMs: 1_000 })).rejects.toMatchObject({
      code: 'HISTORY_UNAVAILABLE',
    });
    await expect(service.get({ id: 'new', waitMs: 1_000 })).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  it('is a full page also where the store looks at many tasks that do not match', async () => {
    // Each second step gives one task, as when most do not match.
    const steps: HistoryList[] = ['a', 'b', 'c', 'd'].flatMap((id) => [
      { entries: [], cursor: `before ${id}` },
      { entries: [anEntry(id)], cursor: `behind ${id}` },
    ]);
    const queries: unknown[] = [];
    const list: HistoryStore['list'] = ({ cursor, limit }) => {
      queries.push([cursor, limit]);
      return steps.shift() ?? { entries: [] };
    };
    const { service } = aService(aStore({ list }), () => Promise.resolve(1));
    const page = await service.list({ limit: 2, cursor: 'from here' });
    expect(page).toMatchObject({ tasks: [{ id: 'a' }, { id: 'b' }], cursor: 'behind b' });
    expect(queries).toEqual([
      ['from here', 2],
      ['before a', 2],
      ['behind a', 1],
      ['before b', 1],
    ]);
  });

  it('is what was found so far after a second', async () => {
    const { service, clock } = aService(
      aStore({
        list: () => {
          clock.pass(400);
          return { entries: [], cursor: 'further back' };
        },
      }),
      () => Promise.resolve(1),
    );
    expect(await service.list({})).toMatchObject({ tasks: [], cursor: 'further back' });
  });
});

describe('the events of a history', () => {
  const nothing = (after: string) => ({ events: [], last: after });

  it('have a gap for a reader that comes from a journal which was replaced by a shorter one', async () => {
    const store = aStore({
      position: () => ({ seq: 3, epoch: 1, at: 1 }),
      feed: ({ after }) => nothing(after),
    });
    const { service } = aService(store, () => Promise.resolve(3));
    const { gapTo, last } = await service.feed({ after: sequenceText(9, 0) });
    expect([gapTo, last]).toEqual([sequenceText(3, 65_535), sequenceText(3, 65_535)]);
  });

  it('have none for a reader that is ahead of the history only', async () => {
    const store = aStore({
      position: () => ({ seq: 3, epoch: 1, at: 1 }),
      feed: ({ after }) => nothing(after),
    });
    const { service } = aService(store, () => Promise.resolve(9));
    const { gapTo, last } = await service.feed({ after: sequenceText(9, 0) });
    expect([gapTo, last]).toEqual([undefined, sequenceText(9, 0)]);
  });

  it('are waited for until the history has more', async () => {
    let seq = 3;
    const queried: string[] = [];
    const store = aStore({
      position: () => ({ seq, epoch: 1, at: 1 }),
      feed: ({ after }) => {
        queried.push(after);
        return nothing(sequenceText(seq, 65_535));
      },
    });
    const { service } = aService(store, () => Promise.resolve(seq));
    const reading = service.feed({ after: sequenceText(3, 0), waitMs: 1_000 });
    await Promise.resolve();
    expect(queried).toHaveLength(1);
    seq = 4;
    service.stored({ seq, epoch: 1, at: 1 });
    expect((await reading).last).toBe(sequenceText(4, 65_535));
    expect(queried).toEqual([sequenceText(3, 0), sequenceText(3, 0)]);
  });
});

/** Submissions, one in each entry. */
const entriesOf = (count: number): LogEntry[] =>
  Array.from({ length: count }, (_, n) => {
    const writer = new EnvelopeWriter();
    writer.add({ kind: 'submitted', id: `t${n}`, at: 1, class: CLASS, body: '{}' });
    return { seq: n + 1, at: 1, text: writer.finish(1, 1) };
  });

/** How many transactions a reader makes of so many records that wait for it. */
const stepsOf = async (count: number, isQueried: boolean): Promise<number> => {
  let [seq, steps] = [0, 0];
  const store = aStore({ apply: ({ position }) => void ([seq, steps] = [position.seq, steps + 1]) });
  const batches = async function* () {
    yield entriesOf(count);
  };
  const nothing = async (): Promise<void> => undefined;
  await follow({
    reader: { batches, last: async () => count, passed: nothing, close: nothing },
    store,
    defaults: { namespace: 'default', project: 'shop' },
    clock: aClock(),
    onStored: () => undefined,
    isQueried: () => isQueried,
    isOver: () => seq === count,
  });
  return steps;
};

describe('a history that is behind its journal', () => {
  it('stores less at a time while there are requests, so that they are answered in between', async () => {
    expect(await stepsOf(1_800, false)).toBe(1);
    expect(await stepsOf(1_800, true)).toBe(4);
  });
});

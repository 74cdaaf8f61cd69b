import { Projection } from '@precedent/history';
import { sequenceText } from '@precedent/kernel';
import type { HistoryListQuery, HistoryStore } from '@precedent/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { ScriptedJournal } from '../history/scripted-journal.ts';
import { describeDeleting } from './history-deleting.suite.ts';
import { describeFeed } from './history-feed.suite.ts';
import { describeStats } from './history-stats.suite.ts';
import { describeText, idsOf } from './history-text.suite.ts';
import type { HistorySetup } from './history-text.suite.ts';

export interface HistoryWorld {
  readonly store: HistoryStore;
  close(): void;
}

const DEFAULTS = { namespace: 'default', project: 'default' };

/** What every `HistoryStore` must do. `make` gives an empty one. */
export const describeHistoryStore = (name: string, make: () => HistoryWorld): void => {
  const worlds: HistoryWorld[] = [];
  afterEach(() => {
    for (const world of worlds.splice(0)) world.close();
  });
  const setup = () => {
    const world = make();
    worlds.push(world);
    const journal = new ScriptedJournal();
    let projection = new Projection(world.store, DEFAULTS);
    let read = 0;
    return {
      store: world.store,
      journal,
      /** Folds what was added to the journal, and stores it. */
      keep: (): void => {
        journal.flush();
        for (const entry of journal.entries.slice(read)) projection.fold(entry);
        read = journal.entries.length;
        world.store.apply(projection.take());
      },
      /** As after a restart: only the store has the tasks. */
      forgetMemory: (): void => {
        projection = new Projection(world.store, DEFAULTS);
      },
    };
  };
  describe(`${name} as a history store`, () => {
    describeStoring(setup);
    describeListing(setup);
    describeText(setup);
    describeCounting(setup);
    describeStats(setup);
    describeLogs(setup);
    describeFeed(setup);
    describeForgetting(setup);
    describeDeleting(setup);
  });
};

const describeStoring = (setup: HistorySetup): void => {
  it('starts empty', () => {
    const { store } = setup();
    expect(store.position()).toEqual({ seq: 0, epoch: 0, at: 0 });
    expect(store.load('a')).toBeUndefined();
    expect(idsOf(store)).toEqual([]);
    expect(store.counts()).toMatchObject({ tasks: 0, attempts: 0, operations: 0, decisions: 0 });
  });

  it('stores a task with all facts of its records, together with the position', () => {
    const { store, journal, keep } = setup();
    const begun = journal.at;
    journal
      .submit('a', { name: 'nightly', command: 'make', args: ['all'], labels: { team: 'x' } })
      .lease('a', 'w7');
    journal.complete('a', { pages: 3 });
    keep();
    const entry = store.load('a');
    expect(entry).toMatchObject({
      name: 'nightly',
      command: 'make all',
      state: 'completed',
      firstStartedAt: begun + 1,
      ranMs: 1,
      row: {
        id: 'a',
        state: 'completed',
        attempt: 1,
        epoch: 1,
        class: { type: 'command', labels: { team: 'x' } },
        run: { worker: 'w7', startedAt: begun + 1, settledAt: begun + 2, result: { pages: 3 } },
      },
    });
    expect(store.attempts('a')).toEqual([
      { epoch: 1, attempt: 1, worker: 'w7', startedAt: begun + 1, endedAt: begun + 2, outcome: 'completed' },
    ]);
    expect(store.position()).toMatchObject({ seq: 1, epoch: 1 });
  });

  it('continues a task that is only in the store, in every state', () => {
    const { store, journal, keep, forgetMemory } = setup();
    const problem = { code: 'COMMAND_FAILED' as const, message: 'exit code 1' };
    const steps: (() => ScriptedJournal)[] = [
      () => journal.submit('a'),
      () => journal.lease('a'),
      () => journal.add({ kind: 'retrying', id: 'a', at: journal.at, dueAt: journal.at + 9, error: problem }),
      () => journal.add({ kind: 'due', id: 'a', at: journal.at }),
      () => journal.lease('a', 'w2'),
      () =>
        journal.add({
          kind: 'preempting',
          id: 'a',
          at: journal.at,
          decision: 'd1',
          mode: 'immediate',
          deadline: journal.at + 5,
        }),
      () => journal.add({ kind: 'preempted', id: 'a', at: journal.at, end: 'killed', dueAt: journal.at + 1 }),
      () => journal.add({ kind: 'due', id: 'a', at: journal.at }),
      () => journal.lease('a', 'w3'),
      () => journal.add({ kind: 'stopping', id: 'a', at: journal.at, stop: 'cancel', reason: 'enough' }),
      () => journal.settle('a', { state: 'cancelled', error: { code: 'CANCELLED', message: 'enough' } }),
    ];
    const states: (string | undefined)[] = [];
    for (const step of steps) {
      step();
      keep();
      forgetMemory();
      states.push(store.load('a')?.state);
    }
    expect(states).toEqual([
      'queued',
      'running',
      'retrying',
      'queued',
      'running',
      'running',
      'preempted',
      'preempted',
      'running',
      'running',
      'cancelled',
    ]);
    expect(store.load('a')?.row).toMatchObject({
      attempt: 2,
      retries: 1,
      epoch: 3,
      durable: { preemptions: 1 },
    });
    expect(store.attempts('a').map(({ outcome, worker }) => `${worker} ${outcome}`)).toEqual([
      'w1 failed',
      'w2 preempted',
      'w3 cancelled',
    ]);
  });

  it('replaces a task that is over when its id is used again', () => {
    const { store, journal, keep, forgetMemory } = setup();
    journal.life('a', { name: 'first' });
    keep();
    forgetMemory();
    journal.submit('a', { name: 'second' });
    keep();
    expect(store.load('a')).toMatchObject({ name: 'second', state: 'queued' });
    expect(store.attempts('a')).toEqual([]);
    expect(idsOf(store)).toEqual(['a']);
  });

  it('stores an invalid task, with the reason of its refusal', () => {
    const { store, journal, keep } = setup();
    const error = { code: 'INVALID_TASK' as const, message: 'no type' };
    journal.add({ kind: 'rejected', id: 'bad', at: journal.at, band: 'low', error, excerpt: '{' });
    keep();
    expect(store.load('bad')).toMatchObject({ state: 'rejected', row: { run: { error } } });
  });
};

const describeListing = (setup: HistorySetup): void => {
  const varied = () => {
    const world = setup();
    const { journal, keep } = world;
    journal.life('c1', { type: 'http', band: 'critical', project: 'web', labels: { team: 'a' } }, 'w1');
    journal
      .submit('f1', { type: 'command', labels: { team: 'a', tier: 'gold' } })
      .lease('f1', 'w2')
      .fail('f1');
    keep();
    journal.submit('q1', { type: 'http', namespace: 'other' });
    journal.submit('r1', { type: 'a.b' }).lease('r1', 'w2');
    keep();
    return world;
  };

  it('lists the latest task first', () => {
    expect(idsOf(varied().store)).toEqual(['r1', 'q1', 'f1', 'c1']);
  });

  it.each<[Partial<HistoryListQuery>, string[]]>([
    [{ state: ['completed'] }, ['c1']],
    [{ state: ['failed', 'running'] }, ['r1', 'f1']],
    [{ band: ['critical'] }, ['c1']],
    [{ band: ['normal', 'critical'], type: ['http'] }, ['q1', 'c1']],
    [{ type: ['http'] }, ['q1', 'c1']],
    [{ namespace: 'other' }, ['q1']],
    [{ project: 'web' }, ['c1']],
    [{ worker: 'w2' }, ['r1', 'f1']],
    [{ worker: 'w2', state: ['failed'] }, ['f1']],
    [{ errorCode: 'COMMAND_FAILED' }, ['f1']],
    [{ labels: { team: 'a' } }, ['f1', 'c1']],
    [{ labels: { team: 'a', tier: 'gold' } }, ['f1']],
    [{ labels: { team: 'b' } }, []],
    [{ order: 'settled' }, ['f1', 'c1']],
    [{ order: 'settled', type: ['http'] }, ['c1']],
  ])('finds by %j', (query, ids) => {
    expect(idsOf(varied().store, query)).toEqual(ids);
  });

  it('filters by the time of the submission, and of the verdict', () => {
    const { store, journal } = varied();
    const begun = journal.at - 9;
    expect(idsOf(store, { since: begun + 3, until: begun + 7 })).toEqual(['q1', 'f1']);
    expect(idsOf(store, { order: 'settled', since: begun + 5 })).toEqual(['f1']);
  });

  it('pages through thousands without gaps or repeats, also where many came at the same moment', () => {
    const { store, journal, keep } = setup();
    const at = journal.at;
    for (let n = 0; n < 2_500; n++) {
      journal.submit(`t${n}`, { type: n % 3 === 0 ? 'x' : 'y', band: n % 2 === 0 ? 'low' : 'high' });
      journal.at = at + Math.floor(n / 100);
    }
    keep();
    for (const filter of [{}, { type: ['x'] }, { band: ['low', 'high'] as const }]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = store.list({ ...filter, limit: 97, ...(cursor !== undefined && { cursor }) });
        seen.push(...page.entries.map(({ row }) => row.id));
        ({ cursor } = page);
      } while (cursor !== undefined);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBe('type' in filter ? 834 : 2_500);
    }
  });

  it('leaves results out of lists', () => {
    const { store, journal, keep } = setup();
    journal
      .submit('a')
      .lease('a')
      .complete('a', { large: 'x'.repeat(100) });
    keep();
    expect(store.list({ limit: 1 }).entries[0]?.row.run.result).toBeUndefined();
    expect(store.load('a')?.row.run.result).toBeDefined();
  });

  it('refuses an invalid cursor', () => {
    const { store } = setup();
    expect(() => store.list({ limit: 1, cursor: 'zzz' })).toThrow(/no cursor/);
  });
};

const describeCounting = (setup: HistorySetup): void => {
  it('counts tasks, and measures how long they waited and ran', () => {
    const { store, journal, keep } = setup();
    const begun = journal.at;
    for (let n = 0; n < 10; n++) journal.life(`t${n}`, { band: n < 3 ? 'low' : 'high', type: 'x' });
    journal.submit('open', { type: 'y', project: 'web' });
    keep();
    const stats = store.stats({});
    expect(stats).toMatchObject({
      total: 11,
      byState: { completed: 10, queued: 1 },
      byBand: { low: 3, high: 7, normal: 1 },
      byType: { x: 10, y: 1 },
      byProject: { shop: 10, web: 1 },
      waitMs: { p50: 1, p99: 1, max: 1, of: 10 },
      runMs: { p50: 1, of: 10 },
    });
    expect(store.stats({ type: ['x'], band: ['low'] }).total).toBe(3);
    expect(store.stats({ since: begun + 30 }).total).toBe(1);
  });

  it('counts over time', () => {
    const { store, journal, keep } = setup();
    const since = journal.at;
    journal.life('a');
    journal.at = since + 1_500;
    journal.submit('b').lease('b').fail('b');
    keep();
    const { buckets } = store.stats({ since, until: since + 3_000, bucketMs: 1_000 });
    expect(buckets).toEqual([
      { from: since, submitted: 1, settled: { completed: 1 } },
      { from: since + 1_000, submitted: 1, settled: { failed: 1 } },
      { from: since + 2_000, submitted: 0, settled: {} },
    ]);
    expect(() => store.stats({ bucketMs: 1_000 })).toThrow(/since before an until/);
  });
};

const describeLogs = (setup: HistorySetup): void => {
  it('stores the log of operations in its order, with reasons and errors', () => {
    const { store, journal, keep } = setup();
    journal.add({ kind: 'epoch', at: journal.at, epoch: 1, owner: 'e1' });
    journal.submit('a').submit('b').lease('a').fail('a');
    keep();
    const { operations } = store.operations({ task: 'a', limit: 10 });
    expect(operations.map(({ event, note }) => [event, note])).toEqual([
      ['submitted', undefined],
      ['leased', 'w1'],
      ['settled', 'failed, COMMAND_FAILED: exit code 2'],
    ]);
    expect(operations[0]).toMatchObject({ seq: 1, index: 1, task: 'a' });
    const all = store.operations({ limit: 10 }).operations;
    expect(all.map(({ event, task }) => `${event} ${task ?? '-'}`)).toEqual([
      'settled a',
      'leased a',
      'submitted b',
      'submitted a',
      'epoch -',
    ]);
  });

  it('continues the log after a sequence, the first one first', () => {
    const { store, journal, keep } = setup();
    journal.submit('a').submit('b').lease('a');
    keep();
    journal.complete('a');
    keep();
    const { operations } = store.operations({ limit: 10 });
    const places = operations.map(({ seq, index, sequence }) => [sequence, sequenceText(seq, index)]);
    expect(places.every(([one, other]) => one === other)).toBe(true);
    const inOrder = operations.toReversed().map(({ sequence }) => sequence);
    const [, second, third] = inOrder;
    const after = (query: object): string[] =>
      store.operations({ after: second, limit: 10, ...query }).operations.map(({ sequence }) => sequence);
    expect(after({})).toEqual(inOrder.slice(2));
    expect(after({ limit: 1 })).toEqual([third]);
    expect(after({ task: 'b' })).toEqual([]);
    expect(after({ task: 'a' })).toEqual(inOrder.slice(2));
  });

  it('pages through the log, and limits it by time', () => {
    const { store, journal, keep } = setup();
    const begun = journal.at;
    for (let n = 0; n < 50; n++) {
      journal.submit(`t${n}`);
      if (n % 7 === 0) keep();
    }
    keep();
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = store.operations({ limit: 9, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.operations.map(({ at }) => at - begun));
      ({ cursor } = page);
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => 49 - n));
    const cut = store.operations({ limit: 100, since: begun + 10, until: begun + 20 }).operations;
    expect(cut.map(({ at }) => at - begun)).toEqual(Array.from({ length: 10 }, (_, n) => 19 - n));
  });
};

const describeForgetting = (setup: HistorySetup): void => {
  it('forgets old verdicts with their attempts and operations, and nothing else', () => {
    const { store, journal, keep } = setup();
    journal.life('old', { name: 'ancient', labels: { team: 'a' } }).submit('waiting', { name: 'patient' });
    keep();
    const border = journal.at;
    journal.life('new', { name: 'recent' });
    keep();
    expect(store.forget(border, 100)).toBe(1);
    expect(store.forget(border, 100)).toBe(0);
    expect(idsOf(store)).toEqual(['new', 'waiting']);
    expect(store.attempts('old')).toEqual([]);
    expect(store.operations({ task: 'old', limit: 10 }).operations).toEqual([]);
    expect(idsOf(store, { text: 'ancient' })).toEqual([]);
    expect(idsOf(store, { labels: { team: 'a' } })).toEqual([]);
    expect(idsOf(store, { text: 'recent' })).toEqual(['new']);
  });

  it('forgets no more tasks at a time than the given limit', () => {
    const { store, journal, keep } = setup();
    for (let n = 0; n < 10; n++) journal.life(`t${n}`);
    keep();
    expect([store.forget(journal.at, 4), store.forget(journal.at, 4), store.forget(journal.at, 4)]).toEqual([
      4, 4, 2,
    ]);
  });
};

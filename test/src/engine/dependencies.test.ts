import type { Dependency, DependencyCondition, Join } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { aSource, behind, endAs, on, refusal } from './depending.ts';
import { JOURNAL } from './options.ts';
import { plainState } from './plain-state.ts';
import { aTask, world } from './world.ts';

describe('a task that depends on another', () => {
  it('waits until that one has completed, and is queued in the journal entry of its verdict', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b', ...behind('a') }));
    expect(await w.get('b')).toMatchObject({
      state: 'waiting',
      waiting: { reason: 'dependencies', detail: 'it waits for success of task a' },
    });
    const worker = await w.worker();
    expect(worker.ids).toEqual(['a']);
    await worker.complete('a');
    expect(worker.ids).toEqual(['a', 'b']);
    expect(w.kindsOf('b')).toEqual(['submitted', 'ready', 'leased']);
    const seqOf = (kind: string, id: string) =>
      w.records().find((record) => record.kind === kind && 'id' in record && record.id === id)?.seq;
    expect(seqOf('ready', 'b')).toBe(seqOf('settled', 'a'));
    expect(w.feed.of('b')).toEqual(['waiting', 'queued', 'started']);
  });

  it.each<[DependencyCondition | undefined, string, string]>([
    [undefined, 'completed', 'queued'],
    [undefined, 'failed', 'skipped'],
    [undefined, 'cancelled', 'skipped'],
    ['success', 'completed', 'queued'],
    ['ok', 'completed', 'queued'],
    ['ok', 'failed', 'skipped'],
    ['failure', 'failed', 'queued'],
    ['failure', 'completed', 'skipped'],
    ['failure', 'cancelled', 'skipped'],
    ['completion', 'completed', 'queued'],
    ['completion', 'failed', 'queued'],
    ['completion', 'cancelled', 'queued'],
    ['cancelled', 'cancelled', 'queued'],
    ['cancelled', 'completed', 'skipped'],
    ['skipped', 'completed', 'skipped'],
  ])('on %s of a task that is %s is %s', async (condition, verdict, state) => {
    const w = await world();
    await w.submit(aSource('a'), aTask({ id: 'b', ...behind(on('a', condition)) }));
    await endAs(w, 'a', verdict);
    expect(await w.stateOf('a')).toBe(verdict);
    expect(await w.stateOf('b')).toBe(state);
  });

  it('is skipped with the dependency that cannot be met, and so is what depends on it', async () => {
    const w = await world();
    await w.submit(
      aSource('a'),
      aTask({ id: 'b', ...behind('a') }),
      aTask({ id: 'c', ...behind('b') }),
      aTask({ id: 'd', ...behind(on('c', 'skipped')) }),
    );
    await endAs(w, 'a', 'failed');
    const error = { code: 'SKIPPED', message: 'it waited for success of task a, which is failed' };
    expect(await w.get('b')).toMatchObject({ state: 'skipped', attempt: 0, error });
    expect(await w.get('c')).toMatchObject({
      state: 'skipped',
      error: { message: 'it waited for success of task b, which is skipped', details: { dependency: 'b' } },
    });
    expect(await w.stateOf('d')).toBe('queued');
    expect(w.feed.of('c')).toEqual(['waiting', 'skipped']);
  });

  it('starts at once when that one has completed before', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }));
    await worker.complete('a');
    await w.submit(aTask({ id: 'b', ...behind('a') }), aTask({ id: 'c', ...behind(on('a', 'failure')) }));
    expect(await w.stateOf('b')).toBe('running');
    expect(await w.stateOf('c')).toBe('skipped');
  });

  it('is cancelled while it waits, and its dependants are skipped', async () => {
    const w = await world();
    await w.submit(
      aTask({ id: 'a' }),
      aTask({ id: 'b', ...behind('a') }),
      aTask({ id: 'c', ...behind('b') }),
    );
    await w.cancel('b');
    expect(await w.stateOf('b')).toBe('cancelled');
    expect(await w.stateOf('c')).toBe('skipped');
    const worker = await w.worker();
    await worker.complete('a');
    expect(worker.ids).toEqual(['a']);
  });

  it('is not in the queue while it waits: only then its time in the queue begins', async () => {
    const w = await world();
    const timeouts = { queue: 1_000 };
    await w.submit(aSource('a'), aTask({ id: 'b', timeouts, ...behind('a') }));
    await w.advance(5_000);
    await endAs(w, 'a', 'completed');
    expect(await w.stateOf('b')).toBe('queued');
    await w.advance(900);
    expect(await w.stateOf('b')).toBe('queued');
    await w.advance(200);
    expect(await w.get('b')).toMatchObject({ state: 'timed_out', error: { code: 'QUEUE_TIMEOUT' } });
  });

  it('times out while it waits, by its total time and by its expiry', async () => {
    const w = await world();
    await w.submit(
      aTask({ id: 'a' }),
      aTask({ id: 'b', timeouts: { total: 1_000 }, ...behind('a') }),
      aTask({ id: 'c', expiresAt: w.now + 1_000, ...behind('a') }),
    );
    await w.advance(2_000);
    expect(await w.get('b')).toMatchObject({ state: 'timed_out', error: { code: 'TOTAL_TIMEOUT' } });
    expect(await w.get('c')).toMatchObject({ state: 'timed_out', error: { code: 'EXPIRED' } });
  });

  it('says in why what it waits for, and how that is', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b', ...behind('a', { task: 'z', expect: 9_000 }) }));
    const why = await w.ask((api, reply) => api.explanations.why('b', reply));
    expect(why).toMatchObject({
      reasons: [
        'it waits for success of task a, success of task z',
        'task a is queued',
        'task z is not there yet',
      ],
    });
  });

  it('counts for the limits of its band', async () => {
    const limits = { maxWaiting: 2, maxWaitingBytes: 1_000_000 };
    const w = await world({ limits: { low: limits, normal: limits, high: limits, critical: limits } });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b', ...behind('a') }));
    expect(await refusal(w, aTask())).toMatchObject(['QUEUE_FULL', 'band normal holds 2 of 2 waiting tasks']);
    expect((await w.status()).bands.normal).toMatchObject({ waiting: 1, queued: 1 });
  });
});

describe('a join', () => {
  const joined = async (
    join: Join | undefined,
    dependsOn: readonly Dependency[],
    verdicts: readonly string[],
  ) => {
    const w = await world();
    await w.submit(...dependsOn.map(({ task }) => aSource(task)));
    await w.submit(aTask({ id: 'j', dependsOn, ...(join && { join }) }));
    const states: string[] = [];
    for (const [index, verdict] of verdicts.entries()) {
      await endAs(w, dependsOn[index]?.task ?? '', verdict);
      states.push(await w.stateOf('j'));
    }
    return states;
  };
  const three = [on('a'), on('b'), on('c')];

  it.each<[string, Join | undefined, string, string]>([
    ['all', undefined, 'completed completed completed', 'waiting waiting queued'],
    ['all, as soon as one is lost', 'all', 'completed failed', 'waiting skipped'],
    ['any', 'any', 'failed completed', 'waiting queued'],
    ['any, when all are lost', 'any', 'failed cancelled failed', 'waiting waiting skipped'],
    ['two', 2, 'completed failed completed', 'waiting waiting queued'],
    ['two, as soon as it cannot hold any more', 2, 'failed failed', 'waiting skipped'],
  ])('of %s', async (_what, join, verdicts, states) => {
    expect(await joined(join, three, verdicts.split(' '))).toEqual(states.split(' '));
  });

  it('waits for an optional dependency, and does not need it', async () => {
    const dependsOn = [on('a'), { task: 'b', optional: true }];
    expect(await joined('all', dependsOn, ['completed', 'failed'])).toEqual(['waiting', 'queued']);
  });
});

describe('the dependencies of a submission', () => {
  it('may be in any order within one submission', async () => {
    const w = await world();
    const answers = await w.offer(
      { task: aTask({ id: 'c', ...behind('b') }) },
      { task: aTask({ id: 'b', ...behind('a') }) },
      { task: aTask({ id: 'a' }) },
    );
    expect(answers.map((answer) => ('id' in answer ? answer.id : answer.error))).toEqual(['c', 'b', 'a']);
    const worker = await w.worker();
    await worker.complete('a');
    await worker.complete('b');
    expect(worker.ids).toEqual(['a', 'b', 'c']);
  });

  it('are the same task when it is submitted again, and another one with other dependencies', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'a2' }));
    const task = aTask({ id: 'b', idempotencyKey: 'k', ...behind('a') });
    expect(await w.trySubmit(task)).toMatchObject({ id: 'b' });
    expect(await w.trySubmit(task)).toMatchObject({ id: 'b', duplicate: true });
    const other = await refusal(w, { ...task, ...behind('a2') });
    expect(other[0]).toBe('TASK_EXISTS');
  });

  it.each<[string, object, string, string]>([
    ['on no task', behind('z'), 'DEPENDENCY_NOT_FOUND', 'no task of the namespace has the id z'],
    ['on itself', behind('t'), 'DEPENDENCY_CYCLE', 'these tasks wait for each other: t → t'],
    ['twice', behind('a', 'a'), 'INVALID_TASK', 'dependsOn.1 is the same as dependsOn.0: success of a'],
    [
      'of another namespace',
      behind('other'),
      'DEPENDENCY_NOT_FOUND',
      'no task of the namespace has the id other',
    ],
    [
      'with a security label',
      behind('secret'),
      'DEPENDENCY_NOT_FOUND',
      'no task of the namespace has the id secret',
    ],
    [
      'joined beyond their number',
      { ...behind('a'), join: 2 },
      'INVALID_TASK',
      'join needs 2 of the 1 dependencies that are not optional',
    ],
    ['joined and absent', { join: 'any' }, 'INVALID_TASK', 'join needs dependsOn: there is nothing to join'],
  ])('%s are refused', async (_what, more, code, message) => {
    const w = await world();
    await w.submit(
      aTask({ id: 'a' }),
      aTask({ id: 'other', namespace: 'other' }),
      aTask({ id: 'secret', security: 'medical' }),
    );
    expect(await refusal(w, aTask({ id: 't', ...more }))).toEqual([code, message]);
  });

  it('in a cycle are refused with its path, and so is what is behind it; the others are accepted', async () => {
    const w = await world();
    const answers = await w.offer(
      { task: aTask({ id: 'a', ...behind('c') }) },
      { task: aTask({ id: 'b', ...behind('a') }) },
      { task: aTask({ id: 'c', ...behind('b') }) },
      { task: aTask({ id: 'd', ...behind('c') }) },
      { task: aTask({ id: 'e' }) },
    );
    const cycle = { code: 'DEPENDENCY_CYCLE', message: 'these tasks wait for each other: a → c → b → a' };
    expect(answers).toMatchObject([
      { error: cycle },
      { error: cycle },
      { error: cycle },
      { error: cycle },
      { id: 'e' },
    ]);
  });

  it('are refused behind a task of the same submission that is refused', async () => {
    const w = await world();
    const answers = await w.offer(
      { task: aTask({ id: 'b', ...behind('a') }) },
      { task: aTask({ id: 'a', expiresAt: 1 }) },
    );
    const message = 'it depends on task a of the same submission, which was refused: EXPIRED';
    expect(answers).toMatchObject([
      { error: { code: 'DEPENDENCY_REFUSED', message } },
      { error: { code: 'EXPIRED' } },
    ]);
  });

  it('of 1,000 tasks in one cycle are refused with a path that is cut', async () => {
    const w = await world();
    const ids = Array.from({ length: 1_000 }, (_, index) => `t${index}`);
    const answers = await w.offer(
      ...ids.map((id, index) => ({ task: aTask({ id, ...behind(ids[(index + 1) % ids.length] ?? '') }) })),
    );
    expect(answers.every((answer) => 'error' in answer && answer.error.code === 'DEPENDENCY_CYCLE')).toBe(
      true,
    );
    expect(answers[0]).toMatchObject({ error: { message: expect.stringMatching(/t0 → t1 → .* → … → t0$/) } });
  });
});

describe('a task that is expected', () => {
  const expecting = (id: string, task: string, expect_ = 60_000) =>
    aTask({ id, dependsOn: [{ task, expect: expect_ }] });

  it('may come later', async () => {
    const w = await world();
    await w.submit(expecting('b', 'a'));
    await w.advance(50_000);
    await w.submit(aTask({ id: 'a' }));
    await w.advance(50_000);
    expect(await w.stateOf('b')).toBe('waiting');
    const worker = await w.worker();
    await worker.complete('a');
    expect(worker.ids).toEqual(['a', 'b']);
  });

  it('and does not come in time is a lost dependency, also after a restart', async () => {
    const w = await world();
    await w.submit(expecting('b', 'a'));
    w.crash(1);
    await w.restart();
    await w.advance(50_000);
    expect(await w.stateOf('b')).toBe('waiting');
    await w.advance(20_000);
    const message = 'it waited for success of task a, which did not come in time';
    expect(await w.get('b')).toMatchObject({ state: 'skipped', error: { message } });
  });

  it('closes no cycle', async () => {
    const w = await world();
    await w.submit(expecting('b', 'a'), aTask({ id: 'c', ...behind('b') }));
    expect(await refusal(w, aTask({ id: 'a', ...behind('c') }))).toEqual([
      'DEPENDENCY_CYCLE',
      'these tasks wait for each other: a → c → b → a',
    ]);
    expect(await w.trySubmit(aTask({ id: 'a' }))).toMatchObject({ id: 'a' });
  });

  it('of another namespace is not the one', async () => {
    const w = await world();
    await w.submit(expecting('b', 'a'));
    await w.submit(aTask({ id: 'a', namespace: 'other' }));
    await w.cancel('a');
    expect(await w.stateOf('b')).toBe('waiting');
    await w.advance(70_000);
    expect(await w.stateOf('b')).toBe('skipped');
  });
});

describe('a task on which 10,000 depend', () => {
  it('readies all of them, in pieces, and an engine that dies in between goes on', async () => {
    const w = await world({ limits: manyLimits });
    await w.submit(aSource('a'));
    for (let from = 0; from < 10_000; from += 1_000)
      await w.submit(
        ...Array.from({ length: 1_000 }, (_, index) => aTask({ id: `t${from + index}`, ...behind('a') })),
      );
    const worker = await w.worker({ worker: 'of-a', types: ['of-a'] });
    w.host.carrier.hold();
    const settled = { id: 'a', epoch: worker.running.get('a') ?? 0, outcome: 'completed' } as const;
    w.send((api, reply: (refused: unknown) => void) => api.workers.report(worker.session, [settled], reply));
    await w.settle();
    w.crash(1);
    const readied = (): number => w.records().filter(({ kind }) => kind === 'ready').length;
    expect(readied()).toBe(64);
    await w.restart();
    const { normal } = (await w.status()).bands;
    expect(normal).toMatchObject({ waiting: 0, queued: 10_000 });
    expect(readied()).toBe(10_000);
  });
});

const many = { maxWaiting: 100_000, maxWaitingBytes: 1_000_000_000 };
const manyLimits = { low: many, normal: many, high: many, critical: many };

describe('an engine that recovers', () => {
  it('goes on with what waits, from the journal and from a snapshot', async () => {
    const w = await world({ journal: { ...JOURNAL, snapshotEvery: 1 } });
    await w.submit(aSource('a'), aSource('b'), aTask({ id: 'j', ...behind('a', 'b') }));
    await endAs(w, 'a', 'completed');
    const taken = w.engine.cell?.snapshots.take();
    await w.advance(1_000);
    await taken;
    for (const from of ['journal', 'snapshot'] as const)
      expect(plainState(await w.rebuilt(from)), from).toEqual(w.memory());
    w.crash(1);
    await w.restart();
    expect(await w.get('j')).toMatchObject({
      waiting: { detail: 'it waits for success of task b (1 of 2 are decided)' },
    });
    await endAs(w, 'b', 'completed');
    expect(await w.stateOf('j')).toBe('queued');
  });
});

import { describe, expect, it } from 'vitest';
import { whatChanged } from './changes.ts';
import { DAY, NOW, many, past } from './past.arbitraries.ts';
import type { Precedent } from './precedent.ts';
import { precedentOf } from './precedent.ts';
import { runFromFacts } from './run.ts';
import type { Run } from './run.ts';
import { seenBefore } from './seen-before.ts';
import type { KnownResolution } from '@precedent/contract-types';
import { suggestMemory, suggestRetry, suggestTimeout } from './suggestions.ts';

describe('seenBefore', () => {
  const failure = { task: 'now', at: NOW, fingerprint: 'f1', spec: 's1', version: '1.0' };
  const failed = (given: Partial<Precedent> = {}): Precedent =>
    past({ outcome: 'failed', fingerprint: 'f1', ...given });

  it('reports a failure without precedent as new', () => {
    expect(seenBefore(failure, [past(), failed({ fingerprint: 'f2' })])).toEqual({ isNew: true });
  });

  it('reports no failure as the same, and nothing as new, without a fingerprint', () => {
    const { fingerprint: _, ...unexplained } = failure;
    const { fingerprint: __, ...other } = failed();
    expect(seenBefore(unexplained, [other, failed()])).toEqual({ isNew: false });
  });

  it('counts an attempt and its failure once, and not the failure itself', () => {
    const one = failed({ at: NOW - 5 * DAY });
    const answer = seenBefore(failure, [
      one,
      { ...one, id: 'again' },
      failed({ at: NOW - DAY }),
      failed({ task: 'now' }),
    ]);
    expect(answer.same).toMatchObject({ count: 2, tasks: 2, firstAt: NOW - 5 * DAY, lastAt: NOW - DAY });
  });

  it('counts earlier attempts of the same task', () => {
    const { same } = seenBefore({ ...failure, attempt: 2 }, [failed({ task: 'now', attempt: 1 })]);
    expect(same).toMatchObject({ count: 1, tasks: 1, ownAttempts: 1 });
  });

  it('returns the later success with its differences as settings for a retry', () => {
    const before = failed({ at: NOW - 9 * DAY, version: '0.9', limits: { memoryMb: 512 } });
    const after = past({ at: NOW - 8 * DAY, version: '1.1', limits: { memoryMb: 2_048 } });
    const { same } = seenBefore(failure, [before, after]);
    expect(same?.laterSuccesses).toEqual([
      {
        task: after.task,
        at: after.at,
        after: before.task,
        differences: [
          { field: 'version', before: '0.9', after: '1.1' },
          { field: 'memoryMb', before: '512', after: '2048' },
        ],
      },
    ]);
    expect(same?.settings).toEqual({ why: 'worked_with', version: '1.1', limits: { memoryMb: 2_048 } });
  });

  it('ignores successes before the failure, and failures after this one', () => {
    const history = [
      past({ at: NOW - 9 * DAY, version: '1.1' }),
      failed({ at: NOW - 8 * DAY }),
      failed({ at: NOW + DAY }),
    ];
    const { same } = seenBefore(failure, history);
    expect([same?.count, same?.laterSuccesses, same?.settings]).toEqual([1, [], undefined]);
  });

  it('prefers a resolution to a later success', () => {
    const evidence = past({ task: 'proof', at: NOW - 3 * DAY, version: '2.0' });
    const resolution: KnownResolution = {
      id: 'r',
      fingerprint: 'f1',
      text: 'upgrade',
      by: 'dana',
      at: 1,
      evidence: 'proof',
    };
    const other: KnownResolution = { ...resolution, id: 'o', fingerprint: 'f9' };
    const history = [failed({ at: NOW - 9 * DAY }), past({ at: NOW - 8 * DAY, version: '1.1' }), evidence];
    const { same } = seenBefore(failure, history, [resolution, other]);
    expect(same?.resolutions.map(({ id }) => id)).toEqual(['r']);
    expect(same?.settings).toEqual({ why: 'resolved', version: '2.0' });
  });

  it('suggests no settings when only the worker differs', () => {
    const history = [failed({ at: NOW - 9 * DAY, worker: 'w1' }), past({ at: NOW - 8 * DAY, worker: 'w2' })];
    expect(seenBefore(failure, history).same?.settings).toBeUndefined();
  });
});

describe('suggestRetry, suggestTimeout and suggestMemory', () => {
  const retried = (n: number, outcome: string): readonly Precedent[] =>
    Array.from({ length: n }, (_, at) => [
      past({ task: `r-${outcome}-${at}`, outcome: 'failed', fingerprint: 'f1', at: NOW - 10_000 }),
      past({
        task: `r-${outcome}-${at}`,
        outcome,
        attempt: 2,
        at: NOW - 4_000,
        durationMs: 1_000,
        fingerprint: 'f1',
      }),
    ]).flat();

  it('return nothing below five retries, and when retries are inconclusive', () => {
    expect(suggestRetry(retried(4, 'completed'), 'f1')).toBeUndefined();
    expect(suggestRetry([...retried(1, 'completed'), ...retried(4, 'failed')], 'f1')).toBeUndefined();
    expect(suggestRetry(retried(9, 'completed'), 'f2')).toBeUndefined();
    expect(suggestRetry(retried(9, 'completed'))).toMatchObject({ advice: 'retry', support: 9 });
  });

  it('advise to retry, with a delay, what usually works the second time', () => {
    expect(suggestRetry(retried(6, 'completed'), 'f1')).toMatchObject({
      advice: 'retry',
      succeeded: 1,
      delayMs: 5_000,
      max: 1,
      support: 6,
    });
  });

  it('advise not to retry what never works the second time', () => {
    expect(suggestRetry(retried(12, 'failed'), 'f1')).toMatchObject({ advice: 'do_not_retry', succeeded: 0 });
  });

  it('suggest a time limit when it is missing, too low or far too high', () => {
    const runs = many(20, (at) => ({ durationMs: 60_000 + at * 1_000 }));
    const suggest = (attemptTimeoutMs?: number): unknown =>
      suggestTimeout(runs, {
        type: 'data.import',
        ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
      });
    expect(suggest()).toMatchObject({ reason: 'none_set', value: 158_000 });
    expect(suggest(60_000)).toMatchObject({ reason: 'too_low' });
    expect(suggest(7_200_000)).toMatchObject({ reason: 'much_too_high' });
    expect(suggest(200_000)).toBeUndefined();
    expect(suggestTimeout(runs.slice(0, 4), { type: 'data.import' })).toBeUndefined();
  });

  it('suggest a memory limit from peak memory', () => {
    const runs = many(6, () => ({ peakMemoryMb: 900 }));
    expect(suggestMemory(runs, { type: 'data.import', memoryMb: 512 })).toMatchObject({
      value: 1_152,
      reason: 'too_low',
      now: 512,
    });
  });

  it('suggest a memory limit from completed runs, and not from killed ones', () => {
    const killed = many(9, () => ({ outcome: 'failed', peakMemoryMb: 4_000 }));
    const runs = [...many(6, () => ({ peakMemoryMb: 900 })), ...killed];
    expect(suggestMemory(runs, { type: 'data.import' })).toMatchObject({ value: 1_152, reason: 'none_set' });
    expect(suggestMemory(killed, { type: 'data.import' })).toBeUndefined();
  });
});

describe('whatChanged', () => {
  const aRun = (given: Partial<Run> = {}): Run => ({
    task: 't',
    at: 1,
    args: ['--month', '10'],
    envKeys: ['HOME'],
    payloadShape: ['a:string'],
    limits: { memoryMb: 512 },
    attempts: 1,
    dependencies: { fetch: 'completed' },
    artifacts: {},
    ...given,
  });

  it('returns nothing for two equal runs', () => {
    expect(whatChanged(aRun(), aRun({ task: 'other', at: 9 }))).toEqual([]);
  });

  it('returns changes by field, likely causes first', () => {
    const after = aRun({
      version: '2',
      args: ['--month', '11'],
      envKeys: ['HOME', 'DEBUG'],
      payloadShape: ['a:number', 'b:string'],
      limits: { memoryMb: 256 },
      dependencies: { fetch: 'failed' },
      worker: 'w2',
      durationMs: 90_000,
      attempts: 3,
    });
    const before = aRun({ version: '1', worker: 'w1', durationMs: 30_000 });
    expect(whatChanged(before, after)).toEqual([
      { field: 'version', before: '1', after: '2' },
      { field: 'args', name: '--month', before: '10', after: '11' },
      { field: 'env', name: 'DEBUG', after: 'DEBUG' },
      { field: 'payload', name: 'a', before: 'string', after: 'number' },
      { field: 'payload', name: 'b', after: 'string' },
      { field: 'dependencies', name: 'fetch', before: 'completed', after: 'failed' },
      { field: 'limits', name: 'memoryMb', before: '512', after: '256' },
      { field: 'worker', before: 'w1', after: 'w2' },
      { field: 'duration', before: '30.0s', after: '1m 30s' },
      { field: 'attempts', before: '1', after: '3' },
    ]);
  });

  it('leaves out small differences of duration', () => {
    expect(whatChanged(aRun({ durationMs: 30_000 }), aRun({ durationMs: 40_000 }))).toEqual([]);
  });

  it('compares redacted runs', () => {
    const run = runFromFacts({
      id: 't',
      namespace: 'default',
      project: 'p',
      type: 'command',
      band: 'low',
      command: 'run.sh',
      args: ['--token', 'hunter2'],
      attempts: [],
      submittedAt: 1,
    });
    expect(run.args).toEqual(['--token', '[secret]']);
  });
});

describe('precedentOf', () => {
  it('reads points of attempts only', () => {
    const payload = {
      namespace: 'd',
      at: 5,
      text: 'x',
      kind: 'attempt',
      task: 't',
      type: 'http',
      spec: 's',
      outcome: 'failed',
      attempt: 2,
      duration_ms: 7,
      exit_code: 1,
      limit_memory_mb: 64,
    };
    expect(precedentOf({ id: 'p', score: 0.5, payload })).toEqual({
      id: 'p',
      task: 't',
      at: 5,
      project: '',
      type: 'http',
      spec: 's',
      outcome: 'failed',
      attempt: 2,
      similarity: 0.5,
      durationMs: 7,
      exitCode: 1,
      limits: { memoryMb: 64 },
    });
    expect(precedentOf({ id: 'p', payload: { ...payload, kind: 'spec' } })).toBeUndefined();
  });
});

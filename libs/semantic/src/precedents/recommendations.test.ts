import fc from 'fast-check';
import { seededRandom } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { recommend } from './recommendations.ts';
import type { Recommendation } from '@precedent/contract-types';
import type { Step } from './step.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const REACH = 30 * MINUTE;
const START = 20_000 * DAY;

let count = 0;
/** A completed run of the named task. Times in milliseconds. */
const run = (name: string, at: number, tookMs = MINUTE, more: Partial<Step> = {}): Step => {
  count += 1;
  const endedAt = at + tookMs;
  const spec = { type: 'command', spec: `spec of ${name}`, exactSpec: `${name} ${count}`, name };
  return { task: `t-${count}`, ...spec, at, endedAt, outcome: 'completed', artifacts: [], ...more };
};

/** The recommendations for all runs of one name in a history. */
const recommendFor = (name: string, history: readonly Step[], reachMs = REACH): readonly Recommendation[] =>
  recommend(
    history
      .filter((one) => one.name === name)
      .map((step) => ({
        step,
        before: history.filter(({ endedAt = 0 }) => endedAt >= step.at - reachMs && endedAt <= step.at),
        after: history.filter(({ at }) => at >= (step.endedAt ?? 0) && at <= (step.endedAt ?? 0) + reachMs),
      })),
    reachMs,
  );

const relationsIn = (found: readonly Recommendation[]): readonly string[] =>
  found.map(({ relation, name }) => `${relation}: ${name}`).toSorted();

const days = (n: number): readonly number[] =>
  Array.from({ length: n }, (_, at) => START + at * DAY + 9 * HOUR);
const every = (name: string, ms: number, n: number): readonly Step[] =>
  Array.from({ length: n }, (_, at) => run(name, START + at * ms, SECOND));

/** A build, its test, its deployment. */
const sequence = (at: number, more: Partial<Step> = {}): readonly Step[] => [
  run('build', at, 5 * MINUTE, more),
  run('test', at + 5 * MINUTE + SECOND, 3 * MINUTE, more),
  run('deploy', at + 8 * MINUTE + 2 * SECOND, MINUTE, more),
];

describe('dependencies and next steps of recommend', () => {
  const daily = days(4).flatMap((at) => sequence(at));

  it('are the tasks directly before and after, with counts, and not those beyond them', () => {
    expect(relationsIn(recommendFor('test', daily))).toEqual(['dependencies: build', 'next: deploy']);
    expect(relationsIn(recommendFor('deploy', daily))).toEqual(['dependencies: test']);
    expect(relationsIn(recommendFor('build', daily))).toEqual(['next: test']);
    expect(recommendFor('test', daily)[0]).toMatchObject({ support: 4, of: 4, confidence: 1, gapMs: SECOND });
    expect(recommendFor('test', daily)[0]?.evidence).toHaveLength(4);
  });

  it('include several dependencies that run in parallel', () => {
    const both = days(4).flatMap((at) => [
      run('fetch prices', at, 5 * MINUTE),
      run('fetch orders', at, 8 * MINUTE),
      run('report', at + 8 * MINUTE + SECOND),
    ]);
    expect(relationsIn(recommendFor('report', both))).toEqual([
      'dependencies: fetch orders',
      'dependencies: fetch prices',
    ]);
  });

  it('are found in a loop without pauses', () => {
    const loop = Array.from({ length: 10 }, (_, at) => sequence(START + at * 12 * MINUTE)).flat();
    expect(relationsIn(recommendFor('test', loop))).toEqual(['dependencies: build', 'next: deploy']);
    expect(relationsIn(recommendFor('deploy', loop))).toEqual(['dependencies: test']);
  });

  it('exclude tasks that run every minute', () => {
    const noise = [...every('poll', MINUTE, 4 * 24 * 60), ...every('tidy', 10 * MINUTE, 4 * 24 * 6)];
    expect(relationsIn(recommendFor('test', [...daily, ...noise]))).toEqual([
      'dependencies: build',
      'next: deploy',
    ]);
    const hourly = Array.from({ length: 90 }, (_, at) => run('report', START + at * HOUR + 5 * SECOND));
    expect(recommendFor('report', [...hourly, ...noise])).toEqual([]);
  });

  it('count a burst of tasks as one case', () => {
    const burst = days(2).flatMap((at) => [
      run('build', at, MINUTE),
      ...Array.from({ length: 10 }, (_, n) => run('test', at + MINUTE + n * SECOND, SECOND)),
    ]);
    expect(recommendFor('test', burst)).toEqual([]);
  });

  it('need three cases, or five on a single day', () => {
    expect(
      recommendFor(
        'test',
        days(2).flatMap((at) => sequence(at)),
      ),
    ).toEqual([]);
    const oneDay = (n: number): readonly Step[] =>
      Array.from({ length: n }, (_, at) => sequence(START + at * 2 * HOUR)).flat();
    expect(recommendFor('test', oneDay(4))).toEqual([]);
    expect(relationsIn(recommendFor('test', oneDay(5)))).toEqual(['dependencies: build', 'next: deploy']);
  });

  it('include only tasks with the same workflow label', () => {
    const mixed = days(4).flatMap((at, n) => [
      ...sequence(at, { workflow: `w${n}` }),
      run('lint', at + 4 * MINUTE, MINUTE, { workflow: `other${n}` }),
    ]);
    expect(relationsIn(recommendFor('test', mixed))).toEqual(['dependencies: build', 'next: deploy']);
  });

  it('exclude failed tasks before a case, and tasks after a failed case', () => {
    const failed = days(4).flatMap((at) => [
      run('build', at, MINUTE, { outcome: 'failed' }),
      run('test', at + MINUTE + SECOND, MINUTE, { outcome: 'failed' }),
      run('alert', at + 2 * MINUTE + 2 * SECOND),
    ]);
    expect(recommendFor('test', failed)).toEqual([]);
  });

  it('exclude tasks that come at random times', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 40 }), (seed, perDay) => {
        const random = seededRandom(seed);
        const noise = ['a', 'b', 'c', 'd'].flatMap((name) =>
          Array.from({ length: perDay * 10 }, () =>
            run(name, START + Math.floor(random.next() * 10 * DAY), 10 * SECOND),
          ),
        );
        const cases = Array.from({ length: 12 }, (_, n) => run('job', START + n * 19 * HOUR));
        return recommendFor('job', [...noise, ...cases]).length <= 1;
      }),
      { numRuns: 60 },
    );
  });
});

describe('artifacts of recommend', () => {
  const others = days(6).map((at) => run('other', at + HOUR, MINUTE, { artifacts: ['log.txt'] }));
  const like = days(4).map((at) =>
    run('report', at + HOUR + 2 * MINUTE, MINUTE, { artifacts: ['report.html', 'log.txt'] }),
  );

  it('are those of similar tasks that other tasks do not have', () => {
    const other2 = days(6).map((at) => run('else', at + 2 * HOUR));
    expect(
      relationsIn(recommendFor('report', [...others, ...other2, ...like], DAY)).filter((one) =>
        one.startsWith('art'),
      ),
    ).toEqual(['artifacts: report.html']);
  });

  it('are those of most similar tasks when there are no others to compare with', () => {
    expect(relationsIn(recommendFor('report', like))).toEqual([
      'artifacts: log.txt',
      'artifacts: report.html',
    ]);
    expect(recommendFor('report', like.slice(0, 2))).toEqual([]);
    expect(recommend([], REACH)).toEqual([]);
  });
});

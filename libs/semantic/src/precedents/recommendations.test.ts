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
/** A run of what is called so, from a moment on, for so long. */
const run = (name: string, at: number, tookMs = MINUTE, more: Partial<Step> = {}): Step => {
  count += 1;
  const endedAt = at + tookMs;
  const spec = { type: 'command', spec: `spec of ${name}`, exactSpec: `${name} ${count}`, name };
  return { task: `t-${count}`, ...spec, at, endedAt, outcome: 'completed', artifacts: [], ...more };
};

/** What would be found around every run of one name, in a whole history. */
const asked = (name: string, history: readonly Step[], reachMs = REACH): readonly Recommendation[] =>
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

const told = (found: readonly Recommendation[]): readonly string[] =>
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

describe('recommendations of the order of things', () => {
  const daily = days(4).flatMap((at) => sequence(at));

  it('are what comes right before and right after, with counts, and not what is behind that', () => {
    expect(told(asked('test', daily))).toEqual(['dependencies: build', 'next: deploy']);
    expect(told(asked('deploy', daily))).toEqual(['dependencies: test']);
    expect(told(asked('build', daily))).toEqual(['next: test']);
    expect(asked('test', daily)[0]).toMatchObject({ support: 4, of: 4, confidence: 1, gapMs: SECOND });
    expect(asked('test', daily)[0]?.evidence).toHaveLength(4);
  });

  it('know several dependencies that run side by side', () => {
    const both = days(4).flatMap((at) => [
      run('fetch prices', at, 5 * MINUTE),
      run('fetch orders', at, 8 * MINUTE),
      run('report', at + 8 * MINUTE + SECOND),
    ]);
    expect(told(asked('report', both))).toEqual(['dependencies: fetch orders', 'dependencies: fetch prices']);
  });

  it('hold in a loop without a pause', () => {
    const loop = Array.from({ length: 10 }, (_, at) => sequence(START + at * 12 * MINUTE)).flat();
    expect(told(asked('test', loop))).toEqual(['dependencies: build', 'next: deploy']);
    expect(told(asked('deploy', loop))).toEqual(['dependencies: test']);
  });

  it('are not fooled by what runs every minute, or by the clock', () => {
    const noise = [...every('poll', MINUTE, 4 * 24 * 60), ...every('tidy', 10 * MINUTE, 4 * 24 * 6)];
    expect(told(asked('test', [...daily, ...noise]))).toEqual(['dependencies: build', 'next: deploy']);
    const hourly = Array.from({ length: 90 }, (_, at) => run('report', START + at * HOUR + 5 * SECOND));
    expect(asked('report', [...hourly, ...noise])).toEqual([]);
  });

  it('count a burst of one as one case', () => {
    const burst = days(2).flatMap((at) => [
      run('build', at, MINUTE),
      ...Array.from({ length: 10 }, (_, n) => run('test', at + MINUTE + n * SECOND, SECOND)),
    ]);
    expect(asked('test', burst)).toEqual([]);
  });

  it('ask for three cases, and for five of a single day', () => {
    expect(
      asked(
        'test',
        days(2).flatMap((at) => sequence(at)),
      ),
    ).toEqual([]);
    const oneDay = (n: number): readonly Step[] =>
      Array.from({ length: n }, (_, at) => sequence(START + at * 2 * HOUR)).flat();
    expect(asked('test', oneDay(4))).toEqual([]);
    expect(told(asked('test', oneDay(5)))).toEqual(['dependencies: build', 'next: deploy']);
  });

  it('keep to the workflow that a task says it is of', () => {
    const mixed = days(4).flatMap((at, n) => [
      ...sequence(at, { workflow: `w${n}` }),
      run('lint', at + 4 * MINUTE, MINUTE, { workflow: `other${n}` }),
    ]);
    expect(told(asked('test', mixed))).toEqual(['dependencies: build', 'next: deploy']);
  });

  it('are nothing of what failed before, and nothing after a failure', () => {
    const failed = days(4).flatMap((at) => [
      run('build', at, MINUTE, { outcome: 'failed' }),
      run('test', at + MINUTE + SECOND, MINUTE, { outcome: 'failed' }),
      run('alert', at + 2 * MINUTE + 2 * SECOND),
    ]);
    expect(asked('test', failed)).toEqual([]);
  });

  it('stay silent in noise: what comes at random times belongs to nothing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 40 }), (seed, perDay) => {
        const random = seededRandom(seed);
        const noise = ['a', 'b', 'c', 'd'].flatMap((name) =>
          Array.from({ length: perDay * 10 }, () =>
            run(name, START + Math.floor(random.next() * 10 * DAY), 10 * SECOND),
          ),
        );
        const cases = Array.from({ length: 12 }, (_, n) => run('job', START + n * 19 * HOUR));
        return asked('job', [...noise, ...cases]).length <= 1;
      }),
      { numRuns: 60 },
    );
  });
});

describe('recommended artifacts', () => {
  const others = days(6).map((at) => run('other', at + HOUR, MINUTE, { artifacts: ['log.txt'] }));
  const like = days(4).map((at) =>
    run('report', at + HOUR + 2 * MINUTE, MINUTE, { artifacts: ['report.html', 'log.txt'] }),
  );

  it('are what tasks like it leave, and others do not', () => {
    const other2 = days(6).map((at) => run('else', at + 2 * HOUR));
    expect(
      told(asked('report', [...others, ...other2, ...like], DAY)).filter((one) => one.startsWith('art')),
    ).toEqual(['artifacts: report.html']);
  });

  it('are those of most of them where there is nothing to compare with', () => {
    expect(told(asked('report', like))).toEqual(['artifacts: log.txt', 'artifacts: report.html']);
    expect(asked('report', like.slice(0, 2))).toEqual([]);
    expect(recommend([], REACH)).toEqual([]);
  });
});

import { AppError } from '@precedent/kernel';
import { Forecasts } from '@precedent/semantic';
import type { PredictReply } from '@precedent/contract-types';
import type { Subject, TaskFacts } from '@precedent/semantic';
import { virtualClock } from '@precedent/testkit';
import { describe, expect, it } from 'vitest';

const facts = (id: string, name = 'import', more: Partial<TaskFacts> = {}): TaskFacts => ({
  id,
  namespace: 'default',
  project: 'shop',
  type: 'data.import',
  band: 'normal',
  name,
  attempts: [],
  submittedAt: 0,
  ...more,
});
const over = (id: string): TaskFacts => facts(id, 'import', { outcome: 'completed', settledAt: 1 });

const KNOWN: PredictReply = {
  looked: 9,
  needed: 8,
  duration: { p10: 1, p50: 2, p90: 3, basis: 'spec', support: 9, evidence: [] },
};

/** Every question takes 50 ms, and is answered by what the test says. */
const setup = ({ answer = (): PredictReply => KNOWN } = {}) => {
  const clock = virtualClock();
  const queries: string[] = [];
  const published: string[][] = [];
  const predict = ({ text }: Subject): Promise<PredictReply> => {
    queries.push(text.slice(0, text.indexOf('.')));
    return new Promise((resolve, reject) => {
      clock.wakeAt(clock.now() + 50, () => {
        try {
          resolve(answer());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  };
  const onForecasts = (forecasts: readonly { readonly tasks: readonly TaskFacts[] }[]): void =>
    void published.push(forecasts.flatMap(({ tasks }) => tasks.map(({ id }) => id)));
  const forecasts = new Forecasts({ predict, clock, onForecasts });
  const pass = (ms: number): Promise<void> => clock.advanceTo(clock.now() + ms);
  return { forecasts, pass, queries, published };
};

describe('forecasts', () => {
  it('are made once for tasks with the same spec, and published together', async () => {
    const { forecasts, pass, queries, published } = setup();
    forecasts.take([facts('a', 'import 1'), facts('b', 'import 2')]);
    await pass(50);
    expect(queries).toHaveLength(1);
    expect(published).toEqual([['a', 'b']]);
  });

  it('skip tasks that have ended before their turn or meanwhile', async () => {
    const { forecasts, pass, published } = setup();
    forecasts.take([facts('a'), facts('b'), over('c')]);
    await pass(10);
    forecasts.take([over('a')]);
    await pass(1_000);
    expect(published).toEqual([['b']]);
  });

  it('are valid for a minute', async () => {
    const { forecasts, pass, queries, published } = setup();
    forecasts.take([facts('a')]);
    await pass(59_000);
    forecasts.take([facts('b')]);
    await pass(2_000);
    forecasts.take([facts('c')]);
    await pass(2_000);
    expect(published).toEqual([['a'], ['b'], ['c']]);
    expect(queries).toHaveLength(2);
  });

  it('are limited to a few a second', async () => {
    const { forecasts, pass, queries, published } = setup();
    forecasts.take(['oranges', 'apples', 'plums', 'pears'].map((name) => facts(name, name)));
    await pass(50);
    expect([queries.length, published]).toEqual([1, [['oranges']]]);
    await pass(250);
    expect([queries.length, published]).toEqual([2, [['oranges'], ['apples']]]);
    await pass(500);
    expect(published).toEqual([['oranges'], ['apples'], ['plums'], ['pears']]);
  });

  it('of known specs are not delayed by many new ones', async () => {
    const { forecasts, pass, published } = setup();
    forecasts.take([facts('first')]);
    await pass(1_000);
    forecasts.take(Array.from({ length: 300 }, (_, n) => facts(`s${n}`, `storm ${'x'.repeat(n)}`)));
    forecasts.take([facts('second')]);
    await pass(600);
    expect(published.flat()).toContain('second');
  });

  it('are requested again soon where too little is known', async () => {
    const { forecasts, pass, queries } = setup({ answer: () => ({ looked: 3, needed: 8 }) });
    forecasts.take([facts('a')]);
    await pass(1_000);
    forecasts.take([facts('b')]);
    await pass(1_500);
    forecasts.take([facts('c')]);
    await pass(1_000);
    expect(queries).toHaveLength(2);
  });

  it('need runs of the same spec: those of its type are not enough', async () => {
    const { duration } = KNOWN;
    const answer = (): PredictReply => ({
      looked: 9,
      needed: 8,
      ...(duration && { duration: { ...duration, basis: 'type' } }),
    });
    const { forecasts, pass, queries, published } = setup({ answer });
    forecasts.take([facts('a')]);
    await pass(2_500);
    forecasts.take([facts('b')]);
    await pass(1_000);
    expect(queries).toHaveLength(2);
    expect(published).toEqual([]);
  });

  it('are skipped while the index is unavailable, and made again afterwards', async () => {
    let isAway = true;
    const answer = (): PredictReply => {
      if (isAway) throw new AppError('VECTORS_UNAVAILABLE', 'the index is away');
      return KNOWN;
    };
    const { forecasts, pass, queries, published } = setup({ answer });
    forecasts.take([facts('a')]);
    await pass(5_000);
    expect([queries.length, published]).toEqual([1, []]);
    isAway = false;
    forecasts.take([facts('b')]);
    await pass(1_000);
    expect(published).toEqual([['b']]);
  });

  it('are published again for a new engine, and only for that', async () => {
    const { forecasts, pass, queries, published } = setup();
    forecasts.take([facts('a'), facts('b')]);
    const open = () => [facts('a')];
    forecasts.onEpoch(3, open);
    await pass(1_000);
    forecasts.onEpoch(3, open);
    await pass(1_000);
    expect(published).toEqual([['a', 'b']]);
    forecasts.onEpoch(4, open);
    await pass(1_000);
    expect(published).toEqual([['a', 'b'], ['a']]);
    expect(queries).toHaveLength(1);
  });

  it('end with the index', async () => {
    const { forecasts, pass, published } = setup();
    forecasts.take([facts('a')]);
    forecasts.close();
    await pass(1_000);
    expect(published).toEqual([]);
  });

  it('query without secrets', async () => {
    const { forecasts, pass, queries } = setup();
    forecasts.take([facts('a', 'import with token=ghp_0123456789abcdefABCDEF0123456789abcd')]);
    await pass(50);
    expect(queries.join()).not.toContain('ghp_');
  });
});

import { AppError } from '@precedent/kernel';
import { Forecasts } from '@precedent/semantic';
import type { PredictReply } from '@precedent/contracts';
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
  const questions: string[] = [];
  const told: string[][] = [];
  const predict = ({ text }: Subject): Promise<PredictReply> => {
    questions.push(text.slice(0, text.indexOf('.')));
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
    void told.push(forecasts.flatMap(({ tasks }) => tasks.map(({ id }) => id)));
  const forecasts = new Forecasts({ predict, clock, onForecasts });
  const pass = (ms: number): Promise<void> => clock.advanceTo(clock.now() + ms);
  return { forecasts, pass, questions, told };
};

describe('forecasts', () => {
  it('are made once for tasks that do the same, and told together', async () => {
    const { forecasts, pass, questions, told } = setup();
    forecasts.take([facts('a', 'import 1'), facts('b', 'import 2')]);
    await pass(50);
    expect(questions).toHaveLength(1);
    expect(told).toEqual([['a', 'b']]);
  });

  it('are not of who has ended, before its turn or meanwhile', async () => {
    const { forecasts, pass, told } = setup();
    forecasts.take([facts('a'), facts('b'), over('c')]);
    await pass(10);
    forecasts.take([over('a')]);
    await pass(1_000);
    expect(told).toEqual([['b']]);
  });

  it('are good for a minute', async () => {
    const { forecasts, pass, questions, told } = setup();
    forecasts.take([facts('a')]);
    await pass(59_000);
    forecasts.take([facts('b')]);
    await pass(2_000);
    forecasts.take([facts('c')]);
    await pass(2_000);
    expect(told).toEqual([['a'], ['b'], ['c']]);
    expect(questions).toHaveLength(2);
  });

  it('are made a few a second, whatever comes', async () => {
    const { forecasts, pass, questions, told } = setup();
    forecasts.take(['oranges', 'apples', 'plums', 'pears'].map((name) => facts(name, name)));
    await pass(50);
    expect([questions.length, told]).toEqual([1, [['oranges']]]);
    await pass(250);
    expect([questions.length, told]).toEqual([2, [['oranges'], ['apples']]]);
    await pass(500);
    expect(told).toEqual([['oranges'], ['apples'], ['plums'], ['pears']]);
  });

  it('of a storm of other specs do not keep back what is known', async () => {
    const { forecasts, pass, told } = setup();
    forecasts.take([facts('first')]);
    await pass(1_000);
    forecasts.take(Array.from({ length: 300 }, (_, n) => facts(`s${n}`, `storm ${'x'.repeat(n)}`)));
    forecasts.take([facts('second')]);
    await pass(600);
    expect(told.flat()).toContain('second');
  });

  it('where too little is known are asked for again soon', async () => {
    const { forecasts, pass, questions } = setup({ answer: () => ({ looked: 3, needed: 8 }) });
    forecasts.take([facts('a')]);
    await pass(1_000);
    forecasts.take([facts('b')]);
    await pass(1_500);
    forecasts.take([facts('c')]);
    await pass(1_000);
    expect(questions).toHaveLength(2);
  });

  it('are by runs of the same spec: others of its type are not enough', async () => {
    const { duration } = KNOWN;
    const answer = (): PredictReply => ({
      looked: 9,
      needed: 8,
      ...(duration && { duration: { ...duration, basis: 'type' } }),
    });
    const { forecasts, pass, questions, told } = setup({ answer });
    forecasts.take([facts('a')]);
    await pass(2_500);
    forecasts.take([facts('b')]);
    await pass(1_000);
    expect(questions).toHaveLength(2);
    expect(told).toEqual([]);
  });

  it('that cannot be made are left out, and the next are made', async () => {
    let isAway = true;
    const answer = (): PredictReply => {
      if (isAway) throw new AppError('VECTORS_UNAVAILABLE', 'the index is away');
      return KNOWN;
    };
    const { forecasts, pass, questions, told } = setup({ answer });
    forecasts.take([facts('a')]);
    await pass(5_000);
    expect([questions.length, told]).toEqual([1, []]);
    isAway = false;
    forecasts.take([facts('b')]);
    await pass(1_000);
    expect(told).toEqual([['b']]);
  });

  it('are told again to an engine that is another than before, and only to that', async () => {
    const { forecasts, pass, questions, told } = setup();
    forecasts.take([facts('a'), facts('b')]);
    const open = () => [facts('a')];
    forecasts.onEpoch(3, open);
    await pass(1_000);
    forecasts.onEpoch(3, open);
    await pass(1_000);
    expect(told).toEqual([['a', 'b']]);
    forecasts.onEpoch(4, open);
    await pass(1_000);
    expect(told).toEqual([['a', 'b'], ['a']]);
    expect(questions).toHaveLength(1);
  });

  it('end with the index', async () => {
    const { forecasts, pass, told } = setup();
    forecasts.take([facts('a')]);
    forecasts.close();
    await pass(1_000);
    expect(told).toEqual([]);
  });

  it('ask with nothing secret', async () => {
    const { forecasts, pass, questions } = setup();
    forecasts.take([facts('a', 'import with token=ghp_0123456789abcdefABCDEF0123456789abcd')]);
    await pass(50);
    expect(questions.join()).not.toContain('ghp_');
  });
});

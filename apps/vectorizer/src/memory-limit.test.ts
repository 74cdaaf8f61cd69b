import { AppError } from '@precedent/kernel';
import type { IndexMemory } from '@precedent/ports';
import { expect, it, onTestFinished } from 'vitest';
import { MemoryLimit } from './memory-limit.ts';

const LIMIT = 100;

const setup = () => {
  const answers: PromiseWithResolvers<IndexMemory>[] = [];
  const lines: string[] = [];
  const collections = {
    limitMemory: (bytes: number): Promise<IndexMemory> => {
      expect(bytes).toBe(LIMIT);
      const answer = Promise.withResolvers<IndexMemory>();
      answers.push(answer);
      return answer.promise;
    },
  };
  const limit = new MemoryLimit(collections, LIMIT, (line) => lines.push(line));
  onTestFinished(() => limit.close());
  const looked = async (onDisk: readonly string[]): Promise<void> => {
    const look = limit.look();
    answers.at(-1)?.resolve({ bytes: 7, points: 3, onDisk });
    await look;
  };
  return { limit, answers, lines, looked };
};

it('says once which collections moved, and has the latest sizes', async () => {
  const { limit, lines, looked } = setup();
  expect(limit.latest).toBeUndefined();
  for (const onDisk of [[], ['a'], ['a'], []]) await looked(onDisk);
  expect(lines).toEqual(['a is read from the disk: vectorizer.memory', 'a is in memory again']);
  expect(limit.latest).toEqual({ bytes: 7, points: 3, onDisk: [], limitBytes: LIMIT });
});

it('moves one thing at a time, and looks again after an outage', async () => {
  const { limit, answers, looked } = setup();
  const first = limit.look();
  await limit.look();
  expect(answers).toHaveLength(1);
  answers[0]?.reject(new AppError('VECTORS_UNAVAILABLE', 'away'));
  await first;
  expect(limit.latest).toBeUndefined();
  await looked(['a']);
  expect([answers.length, limit.latest?.onDisk]).toEqual([2, ['a']]);
});

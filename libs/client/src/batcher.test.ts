import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BANDS } from '@precedent/kernel';
import type { EncodedTask } from './encode-task.ts';
import type { Batch } from './batcher.ts';
import { Batcher } from './batcher.ts';

const tasks = fc
  .array(fc.record({ band: fc.constantFrom(...BANDS), chars: fc.integer({ min: 1, max: 60 }) }))
  .map((rows) =>
    rows.map(({ band, chars }, index): EncodedTask => ({
      index,
      id: `t${index}`,
      band,
      text: 'x'.repeat(chars),
    })),
  );

const batched = (all: readonly EncodedTask[], chunk: number, maxChars: number): Batch[] => {
  const batcher = new Batcher({ tasks: chunk, chars: maxChars });
  const full = all.map((task) => batcher.add(task)).filter((batch) => batch !== undefined);
  return [...full, ...batcher.rest()];
};

describe('the batcher', () => {
  it('sends every task once, in the order of its band, within the limits', () => {
    fc.assert(
      fc.property(
        tasks,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 20, max: 100 }),
        (all, chunk, maxChars) => {
          const batches = batched(all, chunk, maxChars);
          for (const band of BANDS) {
            const sent = batches.filter((batch) => batch.band === band).flatMap((batch) => batch.tasks);
            expect(sent).toEqual(all.filter((task) => task.band === band));
          }
          for (const { tasks: inside } of batches) {
            const chars = inside.reduce((sum, { text }) => sum + text.length + 1, 0);
            expect(inside.length).toBeGreaterThan(0);
            expect(inside.length).toBeLessThanOrEqual(chunk);
            if (inside.length > 1) expect(chars).toBeLessThanOrEqual(maxChars);
          }
        },
      ),
    );
  });

  it('gives what is left with the most urgent band first', () => {
    const all = BANDS.map((band, index): EncodedTask => ({ index, id: band, band, text: '{}' }));
    expect(batched(all, 10, 100).map(({ band }) => band)).toEqual(['critical', 'high', 'normal', 'low']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '@precedent/kernel';
import { memoryLog } from '@precedent/memory';
import { sqliteIndexState } from '@precedent/sqlite';
import { allOf, collectionOf, faulty, noReturn, readUntil, tangledJournal } from './indexing-world.ts';

describe('the index after crashes before the state is written', () => {
  it('equals that of an undisturbed run, and has no deleted task again', async () => {
    const limits = { successes: { max: 2, gapMs: 0 }, openMax: 2 };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(
          fc.record({ changes: fc.nat(40), entries: fc.integer({ min: 1, max: 8 }), writeTurns: fc.nat(90) }),
          {
            maxLength: 4,
          },
        ),
        fc.constantFrom(0, 0.3),
        fc.integer(),
        async (perEntry, crashes, rate, seed) => {
          const random = seededRandom(seed);
          const storage = await tangledJournal(random, perEntry);
          const [calm, whole] = [await collectionOf(), await collectionOf()];
          await readUntil(storage, calm, sqliteIndexState(':memory:'), { changes: Infinity, ...limits });
          const index = faulty(noReturn(whole), random.next.bind(random), rate);
          const state = sqliteIndexState(':memory:');
          for (const crash of crashes) {
            await readUntil(storage, index, state, { ...crash, ...limits });
            await memoryLog({ storage }).purge(storage.last);
          }
          const rest = { changes: Infinity, entries: random.int(1, 8), ...limits };
          expect(await readUntil(storage, index, state, rest)).toBe(true);
          expect(state.setAside()).toEqual({ count: 0, latest: [] });
          expect(await allOf(whole)).toEqual(await allOf(calm));
          expect([state.journal, [...state.open().keys()]]).toEqual([storage.last, []]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

const SEEDS = Number(process.env['SIM_SEEDS'] ?? 2_000);
const ONLY = process.env['SIM_SEED'];
const CHUNK = 250;

const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(ONLY)];
const chunks = Array.from({ length: Math.ceil(seeds.length / CHUNK) }, (_, i) =>
  seeds.slice(i * CHUNK, (i + 1) * CHUNK),
);

/** Events that must occur in the seeds together; otherwise they test less than they claim. */
const TROUBLE = [
  'express',
  'ahead',
  'aheadReturned',
  'aheadCrashed',
  'expressFull',
  'expressTakeovers',
  'floors',
  'blow',
  'fenced',
  'voidEntries',
  'engine.standby',
  'journal.unavailable',
  'journal.restored',
  'snapshot.written',
  'snapshot.failed',
  'worker.left',
  'report.stale',
  'lease.missing',
  'ingress.refused',
  'suspended',
  'resumed',
  'frozenTooLong',
  'frozenStopped',
  'frozenLost',
  'deleted',
];
const met: Record<string, number> = {};

const rerun = (seed: number): string => `SIM_SEED=${seed} npx vitest run test/src/simulation`;

describe('a cell under faults', () => {
  it.each(chunks.map((chunk) => [chunk[0], chunk.at(-1), chunk] as const))(
    'keeps every invariant for the seeds %i to %i',
    async (_first, _last, chunk) => {
      for (const seed of chunk) {
        const { violations, met: more } = await simulate(seed);
        for (const [name, times] of Object.entries(more)) met[name] = (met[name] ?? 0) + times;
        expect(violations, `seed ${seed}; again: ${rerun(seed)}`).toEqual([]);
      }
    },
  );
});

describe('the simulation', () => {
  it.skipIf(seeds.length < 2_000)('runs into every kind of trouble', () => {
    for (const trouble of TROUBLE) expect(met[trouble] ?? 0, trouble).toBeGreaterThan(0);
  });

  it('takes the same course again for the same seed', async () => {
    for (const seed of seeds.slice(0, 25)) {
      const [first, second] = [await simulate(seed), await simulate(seed)];
      expect(second.trace, `seed ${seed}`).toBe(first.trace);
    }
  });
});

import { DEPENDENCY_CONDITIONS } from '@precedent/contract-types';
import type { Dependency } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import type { Offer } from '@precedent/ports';
import type { SeededRandom } from '@precedent/testkit';

const HOUR_MS = 3_600_000;
export const TYPES = ['even', 'odd'] as const;

/** Few bands, few types and few delays, so that tasks get in each other's way. */
export const anOffer = (index: number, random: SeededRandom, healsAt: number): Offer => {
  if (random.chance(0.05)) {
    const problem = { code: 'INVALID_TASK' as const, message: 'it is no task' };
    return { problem, id: `bad${index}`, band: random.pick(BANDS), excerpt: '{' };
  }
  const named = random.chance(0.2) ? { idempotencyKey: `k${index}` } : { id: `t${index}` };
  const task = {
    ...named,
    type: random.pick(TYPES),
    band: random.pick(BANDS),
    payload: index,
    ...(random.chance(0.3) && { retry: { max: random.int(0, 3) } }),
    ...(random.chance(0.1) && { expiresAt: healsAt - random.int(-1_000, 4_000) }),
    ...(random.chance(0.1) && { timeouts: { queue: random.int(500, 5_000) } }),
    ...(random.chance(0.1) && { timeouts: { total: random.int(1_000, 9_000) } }),
    ...(random.chance(0.1) && { timeouts: { attempt: HOUR_MS, total: 20_000 } }),
    ...(index > 0 && random.chance(0.2) && { dependsOn: dependenciesOf(index, random) }),
    ...(random.chance(0.5) && { preemption: { mode: 'suspend' as const, exempt: random.int(0, 500) } }),
  };
  return { task };
};

/** Tasks of earlier offers; a few of them come later, or never. */
const dependenciesOf = (index: number, random: SeededRandom): readonly Dependency[] => {
  const count = random.int(1, 3);
  const drawn = Array.from({ length: count }, (_, n) => {
    const task = `t${random.int(0, index - 1)}`;
    const on = DEPENDENCY_CONDITIONS[(index + n) % DEPENDENCY_CONDITIONS.length] ?? 'success';
    return { task, on, expect: random.int(0, 8_000), optional: random.chance(0.2) };
  });
  return [...new Map(drawn.map((each) => [`${each.task} ${each.on}`, each])).values()];
};

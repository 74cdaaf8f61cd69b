import type { Precedent } from './precedent.ts';

export const DAY = 86_400_000;
export const NOW = 1_000 * DAY;

let count = 0;
/** A completed run of a task of its own, with the given fields. */
export const past = (given: Partial<Precedent> = {}): Precedent => {
  count += 1;
  return {
    id: `p-${count}`,
    task: `t-${count}`,
    at: NOW - DAY,
    project: 'shop',
    type: 'data.import',
    spec: 's1',
    outcome: 'completed',
    attempt: 1,
    durationMs: 1_000,
    similarity: 1,
    ...given,
  };
};
/** `n` such runs. */
export const many = (n: number, given: (at: number) => Partial<Precedent>): readonly Precedent[] =>
  Array.from({ length: n }, (_, at) => past(given(at)));

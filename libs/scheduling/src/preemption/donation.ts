import type { BandRank } from '@precedent/kernel';

/** `waiter` cannot go on before `holder` is done: a dependency, a lock, a parent without its child. */
export interface Wait {
  readonly waiter: string;
  readonly holder: string;
}

/**
 * The highest band that waits for each task, directly or through others: its donated priority. Tasks that no other
 * waits for are not in the result. Each task is visited once, at the highest band that reaches it, so that a circle of waits
 * ends like any other; tasks whose band is unknown donate nothing themselves and pass on what they are given.
 */
export const donations = (
  waits: readonly Wait[],
  baseOf: (task: string) => BandRank | undefined,
): Map<string, BandRank> => {
  const holders = holdersOf(waits);
  const donated = new Map<string, BandRank>();
  for (const rank of [3, 2, 1, 0] as const) {
    const reached = [...holders.keys()].filter((waiter) => baseOf(waiter) === rank);
    spread(rank, reached, holders, donated);
  }
  return donated;
};

const holdersOf = (waits: readonly Wait[]): Map<string, string[]> => {
  const holders = new Map<string, string[]>();
  for (const { waiter, holder } of waits) {
    const known = holders.get(waiter);
    if (known) known.push(holder);
    else holders.set(waiter, [holder]);
  }
  return holders;
};

/** Gives `rank` to every task that those wait for, unless a higher one came before. */
const spread = (
  rank: BandRank,
  from: readonly string[],
  holders: ReadonlyMap<string, readonly string[]>,
  donated: Map<string, BandRank>,
): void => {
  const open = [...from];
  for (let waiter = open.pop(); waiter !== undefined; waiter = open.pop()) {
    for (const holder of holders.get(waiter) ?? []) {
      if (donated.has(holder)) continue;
      donated.set(holder, rank);
      open.push(holder);
    }
  }
};

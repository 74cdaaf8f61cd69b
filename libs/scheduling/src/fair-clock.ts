import type { BandRank } from '@precedent/kernel';

/** The tasks that share one part of the workers: those of a project. */
export interface Flow {
  readonly name: string;
  weight: number;
  /** By rank of the band: when, in virtual time, what it has started would be finished. */
  readonly finish: [number, number, number, number];
  /** By rank of the band: how many of its tasks wait. */
  readonly waiting: [number, number, number, number];
}

const FLOWS_MIN = 1_024;

/**
 * Start-time fair queueing: each band has a virtual time, and each flow is served when that reaches its start tag, which is the finish tag of
 * what it started last, or the virtual time when that is later. For two flows that both have waiting tasks all the time, what they have
 * started, divided by their weights, differs by no more than the sum of their largest costs, each divided by the weight.
 */
export class FairClock {
  readonly #flows = new Map<string, Flow>();
  readonly #weights = new Map<string, number>();
  readonly #now: [number, number, number, number] = [0, 0, 0, 0];
  /** By rank: how many flows have waiting tasks. */
  readonly #backlogged: [number, number, number, number] = [0, 0, 0, 0];
  #pruneAt = FLOWS_MIN;

  flow(name: string): Flow {
    const known = this.#flows.get(name);
    if (known !== undefined) return known;
    if (this.#flows.size >= this.#pruneAt) this.#prune();
    const weight = this.#weights.get(name) ?? 1;
    const flow: Flow = { name, weight, finish: [0, 0, 0, 0], waiting: [0, 0, 0, 0] };
    this.#flows.set(name, flow);
    return flow;
  }

  /** `undefined`: 1, as for each flow that has none. */
  setWeight(name: string, weight: number | undefined): void {
    if (weight === undefined) this.#weights.delete(name);
    else this.#weights.set(name, weight);
    const flow = this.#flows.get(name);
    if (flow) flow.weight = weight ?? 1;
  }

  /** Whether tasks of several flows wait in the band: where there is only one, the order of submission is fair. */
  isShared(rank: BandRank): boolean {
    return this.#backlogged[rank] > 1;
  }

  virtualTime(rank: BandRank): number {
    return this.#now[rank];
  }

  /** The start tag of the next task of the flow. */
  startOf({ finish }: Flow, rank: BandRank): number {
    return Math.max(this.#now[rank], finish[rank]);
  }

  /** A task of the flow waits more, or less: `by` is 1 or -1. */
  waits(flow: Flow, rank: BandRank, by: 1 | -1): void {
    const before = flow.waiting[rank];
    flow.waiting[rank] = before + by;
    if (before === 0) this.#backlogged[rank]++;
    else if (before + by === 0) this.#backlogged[rank]--;
  }

  /** A task of the flow starts, while others wait as well. */
  started(flow: Flow, rank: BandRank, cost: number): void {
    const start = this.startOf(flow, rank);
    this.#now[rank] = start;
    flow.finish[rank] = start + cost / flow.weight;
  }

  /** Forgets the flows that the virtual time has passed: a new one begins at the same tag. */
  #prune(): void {
    for (const [name, { finish, waiting }] of this.#flows)
      if (finish.every((tag, rank) => tag <= this.#now[rank as BandRank] && waiting[rank] === 0))
        this.#flows.delete(name);
    this.#pruneAt = Math.max(FLOWS_MIN, 2 * this.#flows.size);
  }
}

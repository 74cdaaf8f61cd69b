import type { BandRank } from '@precedent/kernel';
import type { Capacity } from '@precedent/scheduling';
import type { WorkerSession } from '../workers/worker-session.ts';

/** A session as `decideStarts` sees workers: a free slot is room for one more lease that waits. */
export interface AheadPlace extends Capacity {
  readonly of: WorkerSession;
  readonly displaces: (rank: BandRank) => number;
}

export interface AheadRoundParts {
  readonly maxOn: (session: WorkerSession) => number;
  /** The sessions that must keep none. Looked up only where one would keep some: most turns have no short tasks. */
  readonly findExcluded: () => ReadonlySet<WorkerSession>;
  /** The rank of the most urgent task that waits in the queue. */
  readonly findHighest: () => BandRank;
  /** The same by the sessions that could run it. */
  readonly findUrgent: () => ReadonlyMap<WorkerSession, BandRank>;
}

/** What each session may keep in one round, computed once. */
export class AheadRound {
  readonly #parts: AheadRoundParts;
  #excluded: ReadonlySet<WorkerSession> | undefined;
  #highest: BandRank | undefined;
  #urgent: ReadonlyMap<WorkerSession, BandRank> | undefined;
  readonly #max = new Map<WorkerSession, number>();

  constructor(parts: AheadRoundParts) {
    this.#parts = parts;
  }

  /** How many more may be sent to it: of what it was requested to return and has not, no more is added than it keeps. */
  roomOf(session: WorkerSession): number {
    return 2 * this.maxOf(session) - session.ahead.size;
  }

  /** The rank of the most urgent task that waits in the queue, of those that it could run. */
  waitingFor(session: WorkerSession): BandRank {
    this.#urgent ??= this.#parts.findUrgent();
    return this.#urgent.get(session) ?? 0;
  }

  maxOf(session: WorkerSession): number {
    const known = this.#max.get(session);
    if (known !== undefined) return known;
    const wanted = this.#parts.maxOn(session);
    const max = wanted > 0 && this.#isExcluded(session) ? 0 : wanted;
    this.#max.set(session, max);
    return max;
  }

  #isExcluded(session: WorkerSession): boolean {
    this.#excluded ??= this.#parts.findExcluded();
    return this.#excluded.has(session);
  }

  /** The places that are free, and those that more urgent work may take. */
  placesOn(sessions: Iterable<WorkerSession>): readonly AheadPlace[] {
    const places: AheadPlace[] = [];
    for (const session of sessions) {
      const place = this.#placeOn(session);
      if (place && (place.free > 0 || this.#isDisplaced(place))) places.push(place);
    }
    return places;
  }

  #isDisplaced({ of, displaces }: AheadPlace): boolean {
    if (of.ahead.waiting === 0) return false;
    this.#highest ??= this.#parts.findHighest();
    return displaces(this.#highest) > 0;
  }

  #placeOn(of: WorkerSession): AheadPlace | undefined {
    const max = this.maxOf(of);
    if (max === 0) return undefined;
    const { session, ahead } = of;
    const room = this.roomOf(of);
    const free = Math.min(max - ahead.waiting, room);
    const displaces = (rank: BandRank): number =>
      Math.max(0, Math.min(ahead.below(rank), room - Math.max(0, free)));
    return { of, session, free, displaces };
  }
}

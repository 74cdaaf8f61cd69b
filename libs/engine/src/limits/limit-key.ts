import type { LimitSpec } from '@precedent/contract-types';
import { BANDS, asc, desc, orderBy } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import type { KeyUse } from '@precedent/orchestration';
import { FairOrder, agedRank } from '@precedent/scheduling';
import type { AgingMs, FairClock, WaitingQueue } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';

/** A limit that holds now. */
export interface Limit {
  /** `namespace/name` */
  readonly ref: string;
  readonly namespace: string;
  readonly name: string;
  spec: LimitSpec;
  readonly keys: Map<string, LimitKey>;
  refused: number;
  superseded: number;
}

/** The queues of tasks that have the same keys. */
export interface KeyedQueues {
  readonly queues: ReadonlySet<WaitingQueue<TaskRow>>;
}

interface BlockedHead {
  readonly queue: WaitingQueue<TaskRow>;
  readonly rank: BandRank;
  readonly order: number;
}

const headOrder = orderBy<BlockedHead>(
  desc((head) => head.rank),
  asc((head) => head.order),
);

/** One key of a limit: the leases under it, and the queues that wait until one of them ends or its rate allows more. */
export class LimitKey implements KeyUse {
  readonly limit: Limit;
  readonly key: string;
  /** By lease, the task. The code of each has not ended. */
  readonly holders = new Map<string, string>();
  /** What tasks are queued behind it. */
  readonly gates = new Set<KeyedQueues>();
  bookedUntil: number;
  /** When it is to be looked at again. */
  wakesAt = Number.POSITIVE_INFINITY;
  /** Tasks that are queued under it. */
  waiting = 0;
  readonly #clock: FairClock;
  /** By rank of the band. */
  readonly #blocked: (FairOrder<WaitingQueue<TaskRow>> | undefined)[] = BANDS.map(() => undefined);

  /** `bookedUntil`: the starts of its rate. */
  constructor(
    limit: Limit,
    key: string,
    { bookedUntil, clock }: { readonly bookedUntil: number; readonly clock: FairClock },
  ) {
    this.limit = limit;
    this.key = key;
    this.bookedUntil = bookedUntil;
    this.#clock = clock;
  }

  get spec(): LimitSpec {
    return this.limit.spec;
  }

  get held(): number {
    return this.holders.size;
  }

  block(queue: WaitingQueue<TaskRow>): void {
    const { rank } = queue;
    (this.#blocked[rank] ??= new FairOrder<WaitingQueue<TaskRow>>(this.#clock, rank)).add(queue);
  }

  /** Returns the queue that is next to the run order. Which it is depends on the bands, aged as in the run order, and on fair shares. */
  reopenNext(now: EpochMs, aging: AgingMs): void {
    const heads = this.#blocked.flatMap((order, base): BlockedHead[] => {
      const queue = order?.first();
      const head = queue?.peek();
      if (queue === undefined || head === undefined) return [];
      return [{ queue, rank: agedRank(base as BandRank, now - head.submittedAt, aging), order: head.order }];
    });
    heads.sort(headOrder)[0]?.queue.reopen();
  }

  get hasBlocked(): boolean {
    return this.#blocked.some((order) => order?.first() !== undefined);
  }

  reopenAll(): void {
    for (const order of this.#blocked)
      for (let queue = order?.first(); queue !== undefined; queue = order?.first()) queue.reopen();
  }
}

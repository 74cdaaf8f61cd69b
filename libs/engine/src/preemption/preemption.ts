import type { EpochMs } from '@precedent/kernel';
import type { Policy } from '@precedent/scheduling';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { CellView } from '../cell/cell-view.ts';
import { DecisionLog } from './decision-log.ts';
import { PoolBreakers } from './pool-breakers.ts';
import type { PoolWork } from './pool-work.ts';
import { Preemptor } from './preemptor.ts';
import { ReplanHistory } from './replan-history.ts';
import { Reservations } from './reservations.ts';
import { ReservedStarts } from './reserved-starts.ts';
import { VictimDeadlines } from './victim-deadlines.ts';

export type PreemptionParts = Pick<
  BaseParts,
  'telemetry' | 'ids' | 'random' | 'outbox' | 'epoch' | 'poolWork'
> & {
  readonly cell: CellView;
  readonly core: CellCore;
  readonly policy: Policy;
};

/** Preemption in a cell: wires its parts. */
export class Preemption {
  readonly policy: Policy;
  readonly reservations = new Reservations();
  readonly log = new DecisionLog();
  readonly reservedStarts: ReservedStarts;
  readonly preemptor: Preemptor;
  readonly victimDeadlines: VictimDeadlines;
  readonly #breakers: PoolBreakers;
  readonly #work: PoolWork;

  constructor(parts: PreemptionParts) {
    const { policy, telemetry } = parts;
    const { reservations, log } = this;
    const replans = new ReplanHistory();
    const breakers = new PoolBreakers(policy, telemetry);
    const shared = { ...parts, reservations, log, replans, breakers };
    const reservedStarts = new ReservedStarts(shared);
    this.policy = policy;
    this.#work = parts.poolWork;
    this.#breakers = breakers;
    this.reservedStarts = reservedStarts;
    this.preemptor = new Preemptor({ ...shared, reservedStarts });
    this.victimDeadlines = new VictimDeadlines({ ...shared, reservedStarts });
  }

  /** Runs about once a second: the circuit breakers get the run time of the leases that ended. */
  tick(at: EpochMs): void {
    for (const [pool, work] of this.#work.take()) this.#breakers.record(pool, { kind: 'work', at, ...work });
  }
}

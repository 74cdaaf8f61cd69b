import type { WorkerSignal } from '@precedent/contract-types';
import type { CellOptions } from '@precedent/engine';
import type { EpochMs } from '@precedent/kernel';
import type { AppendLog, AssignedLease, WorkerLink } from '@precedent/ports';

/** A link whose worker's end is in the same process. */
export interface SimulationLink extends WorkerLink {
  /** A session begins to listen; the returned function ends it. */
  attach(
    session: string,
    receiver: {
      readonly assign: (leases: readonly AssignedLease[]) => void;
      readonly signal: (signals: readonly WorkerSignal[]) => void;
    },
  ): () => void;
}

/** What a simulation needs of the world: the adapters in memory, and the settings of the cell. */
export interface SimulationWorld {
  /** Policy and aging come from the scenario's policies instead. */
  readonly cell: Omit<CellOptions, 'preemption' | 'aging'>;
  /** An empty log; each append calls `carry` once on its way there, and once on its way back. */
  readonly log: (now: () => EpochMs, carry: (run: () => void) => void) => AppendLog;
  /** A link without sessions; each delivery goes through `carry`. */
  readonly link: (carry: (run: () => void) => void) => SimulationLink;
}

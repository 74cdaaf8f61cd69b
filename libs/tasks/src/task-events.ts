import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { EdgeRecord, LeasedRecord, SettledRecord } from './records.ts';
import type { PreemptionOrder } from './attempts.ts';

interface At {
  readonly at: EpochMs;
  /** Milliseconds that the code of a lease assigned ahead has run, when no record tells its start yet. */
  readonly ranMs?: number | undefined;
}
interface Orchestrates extends At {
  /** It is a run of a workflow. */
  readonly orchestrates?: true | undefined;
}
interface OfLease extends At {
  readonly epoch: number;
}

export type TaskMachineEvent =
  | ({ readonly type: 'ADMITTED'; readonly waits?: true | undefined } & Orchestrates)
  | ({ readonly type: 'REJECTED'; readonly error: Problem } & At)
  | ({ readonly type: 'EDGE_DECIDED' } & Pick<EdgeRecord, 'edge' | 'met' | 'read'> & At)
  | ({ readonly type: 'CONDITION_FAILED'; readonly error: Problem } & At)
  | ({ readonly type: 'JOIN_HOLDS' } & Orchestrates)
  | ({ readonly type: 'JOIN_BROKEN'; readonly error: Problem } & At)
  | ({
      readonly type: 'LEASED';
      readonly worker: string;
      readonly session: string;
      readonly ahead?: true | undefined;
      readonly booked?: LeasedRecord['booked'];
    } & OfLease)
  | ({ readonly type: 'COMPLETED'; readonly result: unknown } & Pick<SettledRecord, 'read'> & OfLease)
  | ({
      readonly type: 'FAILED';
      readonly error: Problem;
      readonly retryable: boolean;
      readonly jitter: number;
    } & OfLease)
  | ({ readonly type: 'RETURNED'; readonly error: Problem; readonly jitter: number } & OfLease)
  | ({ readonly type: 'STOPPED'; readonly error: Problem; readonly jitter: number } & OfLease)
  | ({ readonly type: 'YIELDED'; readonly jitter: number } & OfLease)
  | ({ readonly type: 'PREEMPTED' } & Omit<PreemptionOrder, 'frozen'> & OfLease)
  | ({ readonly type: 'ESCALATED' } & Pick<PreemptionOrder, 'mode' | 'deadline'> & OfLease)
  | ({ readonly type: 'SUSPENDED'; readonly until: EpochMs } & OfLease)
  | ({ readonly type: 'RESUMED' } & OfLease)
  | ({ readonly type: 'PREEMPTION_WITHDRAWN' } & OfLease)
  | ({ readonly type: 'LOST'; readonly error: Problem; readonly jitter: number } & OfLease)
  | ({ readonly type: 'ATTEMPT_EXPIRED' } & OfLease)
  | ({ readonly type: 'HEARTBEAT_EXPIRED' } & OfLease)
  | ({ readonly type: 'GRACE_EXPIRED'; readonly jitter: number } & OfLease)
  | ({ readonly type: 'QUEUE_EXPIRED'; readonly error: Problem } & At)
  | ({ readonly type: 'TOTAL_EXPIRED' } & At)
  | ({ readonly type: 'BACKOFF_ELAPSED' } & At)
  | ({ readonly type: 'BAND_CHANGED'; readonly band: Band; readonly reason?: string | undefined } & At)
  | ({ readonly type: 'CANCEL_REQUESTED'; readonly reason: string } & At);

import type { Band, Ids } from '@precedent/kernel';
import type {
  AccessRegistry,
  CheckpointBlobs,
  AppendLog,
  CheckSpec,
  Clock,
  Conditions,
  EventFeed,
  LeaderLink,
  LeaseStore,
  RunTraces,
  TaskLogs,
  Telemetry,
  VerdictArchive,
  WorkerLink,
  Zones,
  ReadRunPayload,
} from '@precedent/ports';
import type { AgingMs, BandLimits, Policy } from '@precedent/scheduling';
import type { TaskDefaults } from '@precedent/tasks';
import type { RecentLimits } from './tasks/task-table.ts';

/** The settings of a cell, fixed at its start. Milliseconds and bytes. */
export interface CellOptions {
  readonly cell: string;
  /** The name of this engine, as holder of the lease and author of journal entries. */
  readonly owner: string;
  readonly defaults: TaskDefaults;
  readonly limits: Readonly<Record<Band, BandLimits>>;
  readonly aging: AgingMs;
  /** The rules of preemption; absent: no task is preempted. */
  readonly preemption?: Policy | undefined;
  readonly recent: RecentLimits;
  readonly idempotency: { readonly retentionMs: number; readonly maxKeys: number };
  readonly worker: { readonly leaseMs: number; readonly heartbeatMs: number };
  readonly journal: {
    readonly inFlightMax: number;
    /** Characters in an entry, about. */
    readonly entryCharsMax: number;
    readonly entryRecordsMax: number;
    /** How long the commit of verdicts may be delayed when no reply waits for them; 0: not at all. */
    readonly groupCommitDelayMs: number;
    /** Characters that wait for the journal, at which submissions are refused. */
    readonly backlogMax: number;
    /** Records between two snapshots, at least. */
    readonly snapshotEvery: number;
    /** For how long journal entries stay that the latest snapshot covers. */
    readonly retentionMs: number;
  };
  /** Tasks started in one turn, at most: then new input comes first. */
  readonly startsPerTurn: number;
  /** Open `wait` requests, at most. */
  readonly waitersMax: number;
}

/** What a cell needs of the world. */
export interface CellPorts {
  readonly clock: Clock;
  readonly journal: AppendLog;
  readonly snapshots: AppendLog;
  readonly leases: LeaseStore;
  /** Absent: an engine that stands by waits for the end of the lease. */
  readonly leader?: LeaderLink | undefined;
  readonly workers: WorkerLink;
  readonly feed: EventFeed;
  /** Absent: large checkpoints stay where their workers put them. */
  readonly blobs?: CheckpointBlobs | undefined;
  /** Absent: the output of deleted tasks stays until it is too old. */
  readonly logs?: TaskLogs | undefined;
  /** Absent: a task with a condition is refused. */
  readonly conditions?: Conditions | undefined;
  /** Absent: runs of workflows are refused. */
  readonly readRunPayload?: ReadRunPayload | undefined;
  /** Absent: no schedule has a zone but UTC. */
  readonly zones?: Zones | undefined;
  /** Absent: a task depends on no task that the engine has forgotten. */
  readonly archive?: VerdictArchive | undefined;
  /** Absent: a task that is run again is not edited. */
  readonly checkSpec?: CheckSpec | undefined;
  readonly telemetry: Telemetry;
  /** Absent where access is open: a task with a signature is refused. */
  readonly signers?: Pick<AccessRegistry, 'signerOf'> | undefined;
  /** Absent: an attempt gets the submitter's trace only. */
  readonly traces?: RunTraces | undefined;
  readonly ids: Ids;
  /** In [0, 1): spreads retries. */
  readonly random: () => number;
}

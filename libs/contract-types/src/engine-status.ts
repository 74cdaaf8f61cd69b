import type { Band, EpochMs } from '@precedent/kernel';
import type { Verdict } from './task-view.ts';
import type { LoadLevel, MachineLoad } from './worker-protocol.ts';

/** An event loop that is blocked. */
export interface BlockedView {
  readonly since: EpochMs;
  /** The tasks of which one blocks it. */
  readonly tasks: readonly string[];
  /** Where that code is: a function, a file and a line. */
  readonly place?: string;
}

/** Leases whose code ignores its signal: their slots stay taken until it ends. */
export interface OverdueSlots {
  readonly count: number;
  /** The earliest of the deadlines that have passed. */
  readonly since: EpochMs;
  /** Their tasks, the longest overdue first; ten at most. */
  readonly tasks: readonly string[];
}

export interface WorkerView {
  readonly id: string;
  readonly session: string;
  readonly state: 'ready' | 'draining';
  readonly types: readonly string[];
  readonly pools: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly slots: number;
  readonly busy: number;
  /** Express slots, and those that are taken; absent in the answer of an older engine. */
  readonly express?: number;
  readonly expressBusy?: number;
  /** Code of a handler blocks the event loop of the worker, which gets no new task until that ends; absent: none does. */
  readonly blocked?: BlockedView;
  /** The taken slots whose code has not left by the deadline of its stop; absent when there is none. `busy` counts them too. */
  readonly overdue?: OverdueSlots;
  /** Tasks that wait there for the next free slot; absent in the answer of an older engine. */
  readonly assignedAhead?: number;
  readonly version: string;
  readonly connectedAt: EpochMs;
  readonly lastHeardAt: EpochMs;
  /** How busy its machine is; absent: it does not say. */
  readonly load?: MachineLoad;
}

export interface BandStatus {
  /** They wait for other tasks. */
  readonly waiting: number;
  readonly queued: number;
  /** Of both. */
  readonly queuedBytes: number;
  readonly running: number;
  readonly retrying: number;
}

/** A program of the `precedent up` that started the engine. */
export interface PartStatus {
  readonly name: string;
  /** `absent`: it could not be started. */
  readonly state: 'running' | 'restarting' | 'absent';
  /** Since when it is in this state. */
  readonly at: EpochMs;
  /** How often it ended by itself and was started again. */
  readonly restarts: number;
  /** Why it ended last, or could not be started. */
  readonly reason?: string;
}

/** What the engine itself reports of its cell. */
export interface EngineSnapshot {
  readonly state: string;
  readonly cell: string;
  readonly epoch: number;
  readonly startedAt: EpochMs;
  readonly journalSeq: number;
  readonly bands: Readonly<Record<Band, BandStatus>>;
  readonly settled: Readonly<Record<Verdict, number>>;
  readonly workers: number;
  readonly slots: number;
  /** How many workers are how busy; those that do not say are not counted. */
  readonly loads: Readonly<Record<LoadLevel, number>>;
  /** Reports refused because their lease had ended, or their task was unknown. */
  readonly staleReports: number;
  /** Journal entries that no engine appended: another client publishes into the subject of the journal. They are passed over. */
  readonly voidEntries: number;
}

/** The answer to `status`: the snapshot, and what is known of the program. */
export interface EngineStatus extends EngineSnapshot {
  readonly version: string;
  readonly memoryMb: number;
  /** Absent when the engine was started by something else than `precedent up`. */
  readonly parts?: readonly PartStatus[];
  /** Engines that would take the cell over, by name. Absent in the answer of an older engine. */
  readonly standby?: readonly string[];
}

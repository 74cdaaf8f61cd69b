import type { EpochMs } from '@precedent/kernel';
import type { LogEntry } from '@precedent/ports';
import { TaskRow, applyRecord, isLeased, readEnvelope } from '@precedent/tasks';
import type {
  DeletedRecord,
  JournalRecord,
  SettledRecord,
  Submission,
  TaskClass,
  TaskStateName,
} from '@precedent/tasks';
import { FleetTrace } from './recorded-fleet.ts';
import type { PlannedTask, WorkerGroup } from './scenario.ts';

/** Load as a journal tells it. */
export interface RecordedLoad {
  /** In the order of their arrival; the first arrives at 0. */
  readonly tasks: readonly PlannedTask[];
  /** The workers that ran them, each with as many slots as were ever in use on it at the same time. */
  readonly workers: readonly WorkerGroup[];
  /** From the first arrival to the last. Milliseconds. */
  readonly spanMs: number;
  /** Tasks whose work is not known: still open, cancelled, out of time or never started. */
  readonly skipped: number;
}

interface Traced {
  readonly row: TaskRow;
  /** Work that checkpoints have made durable. Milliseconds. */
  savedMs: number;
  checkpoints: number;
}

/**
 * Folds a journal into load that can be replayed: what arrived when, how long its work took without interruptions, and how
 * often it made checkpoints. Tasks that arrived before the journal's first entry are left out. Rejects JOURNAL_CORRUPT or DATA_TOO_NEW.
 */
export const recordedLoad = async (entries: AsyncIterable<LogEntry>): Promise<RecordedLoad> => {
  const recorder = new Recorder();
  let epoch = 0;
  for await (const entry of entries) {
    const envelope = readEnvelope(entry);
    // Of an engine that had been succeeded already: no reader believes it.
    if (envelope.epoch < epoch) continue;
    epoch = envelope.epoch;
    for (const record of envelope.records) recorder.read(record);
  }
  return recorder.load();
};

interface Settled {
  readonly row: TaskRow;
  readonly plan: Omit<PlannedTask, 'atMs'>;
}

class Recorder {
  readonly #open = new Map<string, Traced>();
  readonly #fleet = new FleetTrace();
  readonly #tasks = new Map<string, Settled>();
  #order = 0;
  #skipped = 0;

  read(record: JournalRecord): void {
    if (record.kind === 'epoch' || record.kind === 'decided' || record.kind === 'rejected') return;
    if (record.kind === 'submitted') {
      const row = new TaskRow({ ...record, order: this.#order++ });
      this.#open.set(record.id, { row, savedMs: 0, checkpoints: 0 });
      return;
    }
    if (record.kind === 'deleted') return this.#deleted(record);
    const traced = this.#open.get(record.id);
    if (traced === undefined) return;
    const { row } = traced;
    const before = { state: row.state, run: row.run };
    if (record.kind === 'kept' && record.step.kind === 'checkpoint') keep(traced, record.at);
    // What is frozen keeps its work in memory.
    if (record.kind === 'suspended') traced.savedMs += unsavedMsOf(row, record.at);
    if (record.kind === 'settled') this.#settled(traced, record);
    applyRecord(row, record);
    const [was, is] = [hasSlot(before.state), hasSlot(row.state)];
    if (is && !was) this.#fleet.takes(row);
    if (was && !is) this.#fleet.leaves(before.run.worker, row);
  }

  load(): RecordedLoad {
    const settled = [...this.#tasks.values()].toSorted(
      (a, b) => a.row.submittedAt - b.row.submittedAt || a.row.order - b.row.order,
    );
    const first = settled[0]?.row.submittedAt ?? 0;
    const tasks = settled.map(({ row, plan }) => ({ ...plan, atMs: row.submittedAt - first }));
    return {
      tasks,
      workers: this.#fleet.groups(),
      spanMs: tasks.at(-1)?.atMs ?? 0,
      skipped: this.#skipped + this.#open.size,
    };
  }

  #settled({ row, savedMs, checkpoints }: Traced, record: SettledRecord): void {
    this.#open.delete(row.id);
    const hasVerdict = record.state === 'completed' || record.state === 'failed';
    if (!isLeased(row.state) || !hasVerdict) return void this.#skipped++;
    const plan = {
      id: row.id,
      task: submissionOf(row.class),
      workMs: Math.max(1, Math.round(savedMs + unsavedMsOf(row, record.at))),
      stopMs: STOP_MS,
      ...(checkpoints > 0 && { checkpoint: habitOf(savedMs, checkpoints) }),
      ...(record.state === 'failed' && { fails: true }),
    };
    this.#tasks.set(row.id, { row, plan });
  }

  #deleted({ id, namespace }: DeletedRecord): void {
    if (this.#tasks.get(id)?.row.class.namespace === namespace) this.#tasks.delete(id);
  }
}

const hasSlot = (state: TaskStateName): boolean => isLeased(state) && state !== 'suspended';

/** A journal does not tell how long a task takes to end when it is told to. */
const STOP_MS = 100;

const habitOf = (savedMs: number, checkpoints: number) => ({
  everyMs: Math.max(1, Math.round(savedMs / checkpoints)),
  saveMs: 0,
  restoreMs: 0,
});

/** What was done since the last checkpoint is durable now. */
const keep = (traced: Traced, at: EpochMs): void => {
  traced.savedMs += unsavedMsOf(traced.row, at);
  traced.checkpoints++;
};

/** Work since the run began, or its last checkpoint. What an interruption cost is forgotten with the run that it ended. */
const unsavedMsOf = ({ state, run, kept }: TaskRow, at: EpochMs): number =>
  state === 'suspended' ? 0 : at - Math.max(run.startedAt ?? at, kept.checkpoints[0]?.at ?? 0);

const submissionOf = (kind: TaskClass): Submission => {
  const { namespace, project, type, band, pool, labels, resources, timeouts, retry, preemption } = kind;
  const same = { namespace, project, type, band, pool, labels, resources, timeouts, retry };
  return { ...same, ...(preemption && { preemption }) };
};

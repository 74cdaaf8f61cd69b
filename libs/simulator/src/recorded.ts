import type { EpochMs } from '@precedent/kernel';
import type { LogEntry } from '@precedent/ports';
import { NO_ATTEMPT, attemptAfter, begunBy, classInBand, readEnvelope, unsavedMs } from '@precedent/tasks';
import type {
  Attempt,
  DeletedRecord,
  JournalRecord,
  SettledRecord,
  Submission,
  SubmittedRecord,
  TaskClass,
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
  /** With the band that it had last. */
  task: SubmittedRecord;
  /** Place in the order of submission. */
  readonly order: number;
  /** When it was queued: a task that waited for others was not before they had their verdicts. */
  at: EpochMs;
  attempt: Attempt;
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

interface Settled extends Pick<Traced, 'task' | 'order' | 'at'> {
  readonly plan: Omit<PlannedTask, 'atMs'>;
}

class Recorder {
  readonly #open = new Map<string, Traced>();
  readonly #fleet = new FleetTrace();
  readonly #tasks = new Map<string, Settled>();
  #order = 0;
  #skipped = 0;

  read(record: JournalRecord): void {
    if (!('id' in record)) return;
    // A run holds no slot; the tasks of its steps are recorded as any other.
    if (record.kind === 'decided' || record.kind === 'rejected' || record.kind === 'run') return;
    if (record.kind === 'submitted') {
      const { id, at } = record;
      this.#open.set(id, { task: record, order: this.#order++, at, attempt: NO_ATTEMPT });
      return;
    }
    if (record.kind === 'deleted') return this.#deleted(record);
    const traced = this.#open.get(record.id);
    if (traced === undefined) return;
    if (record.kind === 'rebanded')
      traced.task = { ...traced.task, class: classInBand(traced.task.class, record.band) };
    const { task } = traced;
    if (record.kind === 'ready') traced.at = record.at;
    const before = begunBy(traced.attempt, record);
    if (isRunning(before) && !isRunning(traced.attempt)) this.#fleet.takes(before.worker, task.class);
    traced.attempt = attemptAfter(before, record);
    const [did, does] = [isRunning(before), isRunning(traced.attempt)];
    if (does && !did) this.#fleet.takes(traced.attempt.worker, task.class);
    if (did && !does) this.#fleet.leaves(before.worker, task.class);
    if (record.kind === 'settled') this.#settled({ ...traced, attempt: before }, record);
  }

  load(): RecordedLoad {
    const settled = [...this.#tasks.values()].toSorted((a, b) => a.at - b.at || a.order - b.order);
    const first = settled[0]?.at ?? 0;
    const tasks = settled.map(({ at, plan }) => ({ ...plan, atMs: at - first }));
    return {
      tasks,
      workers: this.#fleet.groups(),
      spanMs: tasks.at(-1)?.atMs ?? 0,
      skipped: this.#skipped + this.#open.size,
    };
  }

  /** `traced`: as it was before its verdict. */
  #settled({ task, order, at, attempt }: Traced, record: SettledRecord): void {
    this.#open.delete(task.id);
    const hasVerdict = record.state === 'completed' || record.state === 'failed';
    const hasLease = attempt.leasedAt !== undefined && attempt.outcome === undefined;
    if (!hasLease || !hasVerdict) return void this.#skipped++;
    const checkpoints = attempt.checkpoints + attempt.earlierCheckpoints;
    const plan = {
      id: task.id,
      task: submissionOf(task.class),
      workMs: Math.max(1, Math.round(attempt.savedMs + unsavedMs(attempt, record.at))),
      stopMs: STOP_MS,
      ...(checkpoints > 0 && { checkpoint: habitOf(attempt.savedMs, checkpoints) }),
      ...(record.state === 'failed' && { fails: true }),
    };
    this.#tasks.set(task.id, { task, order, at, plan });
  }

  #deleted({ id, namespace }: DeletedRecord): void {
    if (this.#tasks.get(id)?.task.class.namespace === namespace) this.#tasks.delete(id);
  }
}

const isRunning = ({ runningSince }: Attempt): boolean => runningSince !== undefined;

/** How long a recorded task takes to end at a stop signal, which no journal says. */
const STOP_MS = 100;

const habitOf = (savedMs: number, checkpoints: number) => ({
  everyMs: Math.max(1, Math.round(savedMs / checkpoints)),
  saveMs: 0,
  restoreMs: 0,
});

const submissionOf = (kind: TaskClass): Submission => {
  const { namespace, project, type, band, pool, labels, resources, timeouts, retry, preemption } = kind;
  const same = { namespace, project, type, band, pool, labels, resources, timeouts, retry };
  return { ...same, ...(preemption && { preemption }) };
};

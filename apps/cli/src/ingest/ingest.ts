import type { Client } from '@precedent/client';
import type { TaskSpec } from '@precedent/contracts';
import { errorOf, problemOf } from '@precedent/kernel';
import type { AppError, Problem } from '@precedent/kernel';
import { countText } from '@precedent/kernel';
import { ChangeAlarm } from './alarm.ts';
import { Backlog } from './backlog.ts';
import { changedFiles, scanFolder } from './scan.ts';
import type { Scan } from './scan.ts';
import { watchers } from './watchers.ts';

export interface IngestOptions {
  readonly client: Pick<Client, 'submit' | 'wait'>;
  readonly folder: string;
  readonly hidden: boolean;
  readonly collection: string;
  /** Fields of the tasks other than type and payload. */
  readonly spec: TaskSpec;
  /** Files of one task. */
  readonly batch: number;
  /** Tasks that are not settled. */
  readonly maxTasks: number;
  /** Goes on until it is aborted. Milliseconds. */
  readonly watch?: {
    /** Quiet time after a change. */
    readonly debounceMs: number;
    /** Between two looks at the whole folder. */
    readonly rescanMs: number;
  };
  /** Aborted: what runs is waited for, and no more is started. */
  readonly signal: AbortSignal;
  readonly onTask: (outcome: TaskOutcome) => void;
  readonly onNote: (text: string) => void;
}

/** One settled task. */
export interface TaskOutcome {
  /** `undefined`: it was never accepted. */
  readonly id: string | undefined;
  readonly files: number;
  readonly result: DocumentCounts | undefined;
  readonly error: Problem | undefined;
  /** Files that wait. */
  readonly waiting: number;
}

export interface DocumentCounts {
  readonly indexed: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly chunks: number;
  readonly skipped: { readonly count: number };
}

/** Brings a folder into a collection, and with `watch` keeps it there until it is aborted. */
export const ingest = async (options: IngestOptions): Promise<void> => {
  let known: Scan['files'] = new Map();
  const forgotten = new Set<string>();
  const backlog = new Backlog({
    batch: options.batch,
    maxTasks: options.maxTasks,
    send: async (files) => {
      const isDone = await send(
        options,
        { paths: files },
        { files: files.length, waiting: () => backlog.waiting },
      );
      // What failed is taken up again at the next look.
      if (!isDone) for (const file of files) forgotten.add(file);
    },
  });
  options.signal.addEventListener('abort', () => backlog.close(), { once: true });
  const look = async (): Promise<Scan> => {
    const scan = await scanFolder(options.folder, { hidden: options.hidden });
    known = new Map([...known].filter(([file]) => !forgotten.has(file)));
    forgotten.clear();
    if (!options.signal.aborted) backlog.add(changedFiles(known, scan.files));
    known = scan.files;
    return scan;
  };
  const first = await look();
  const swept = send(options, sweepOf(options), { files: 0, waiting: () => backlog.waiting });
  if (options.watch) await watchFolder({ ...options, ...options.watch }, first, look);
  await backlog.idle();
  await swept;
};

/** Reads no file: removes documents whose files disappeared while the folder was not watched. */
const sweepOf = ({ folder }: IngestOptions) => ({ folder, exclude: ['*'] });

const watchFolder = async (
  options: IngestOptions & NonNullable<IngestOptions['watch']>,
  first: Scan,
  look: () => Promise<Scan>,
): Promise<void> => {
  const { signal, debounceMs, rescanMs, onNote } = options;
  const alarm = new ChangeAlarm({ debounceMs, everyMs: rescanMs });
  const open = watchers(
    () => alarm.changed(),
    (reason) =>
      onNote(`not every folder can be watched (${reason}); changes there are found within ${rescanMs} ms`),
  );
  try {
    open.update(first.folders);
    onNote(
      `watching ${countText(first.folders.length, 'folder')} with ${countText(first.files.size, 'file')}`,
    );
    // What changed between the first look and the watch.
    alarm.changed();
    while (!signal.aborted) {
      await alarm.next(signal);
      if (!signal.aborted) open.update((await look()).folders);
    }
  } finally {
    open.close();
  }
};

/** `false`: the task failed, or was not even accepted. */
const send = async (
  { client, spec, collection, onTask }: IngestOptions,
  payload: Readonly<Record<string, string | readonly string[]>>,
  { files, waiting }: { readonly files: number; readonly waiting: () => number },
): Promise<boolean> => {
  let id: string | undefined;
  try {
    const task = { ...spec, type: 'document.process', payload: { ...payload, collection } };
    ({ id } = await client.submit(task as TaskSpec));
    const view = await client.wait(id);
    if (view.state !== 'completed') {
      const error = view.error ?? { code: 'CANCELLED' as const, message: `task ${id} is ${view.state}` };
      throw errorOf(error);
    }
    const result = view.result as unknown as DocumentCounts;
    onTask({ id, files, result, error: undefined, waiting: waiting() });
    return true;
  } catch (error) {
    onTask({ id, files, result: undefined, error: problemOf(error), waiting: waiting() });
    return false;
  }
};

/** What became of all tasks together. */
export class IngestSum {
  #tasks = 0;
  #failed = 0;
  #counts = { indexed: 0, unchanged: 0, removed: 0, skipped: 0, chunks: 0 };
  #first: Problem | undefined;

  add({ result, error }: TaskOutcome): void {
    this.#tasks++;
    if (error !== undefined) {
      this.#failed++;
      this.#first ??= error;
    }
    if (result === undefined) return;
    this.#counts = {
      indexed: this.#counts.indexed + result.indexed,
      unchanged: this.#counts.unchanged + result.unchanged,
      removed: this.#counts.removed + result.removed,
      skipped: this.#counts.skipped + result.skipped.count,
      chunks: this.#counts.chunks + result.chunks,
    };
  }

  get totals(): Readonly<Record<string, number>> {
    return { tasks: this.#tasks, failed: this.#failed, ...this.#counts };
  }

  /** The first failure, for the exit code. */
  get failure(): AppError | undefined {
    return this.#first && errorOf(this.#first);
  }
}

import type { StopRequest, BuiltinTypeName } from '@precedent/contract-types';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { THREAD_ENTRY, payloadParsers } from '@precedent/app-worker';
import { hash53 } from '@precedent/kernel';
import { memoryVectorIndex } from '@precedent/memory';
import type {
  Embedder,
  HistoryReader,
  ExecutorContext,
  ObjectStore,
  ExecutorResume,
  Upkeep,
  VectorIndex,
} from '@precedent/ports';
import { virtualClock, memoryObjectStore } from '@precedent/testkit';
import { builtinExecutors, startThreads } from '@precedent/work';
import type { BuiltinOptions, ThreadCalls } from '@precedent/work';

/** The threads of the worker, shared by all worlds of a file; idle ones end with the process. */
const threads = startThreads<ThreadCalls>({ entry: THREAD_ENTRY });

const DIMENSIONS = 64;
/** The time in every test. */
export const NOW = Date.UTC(2026, 10, 20);

/** Words as dimensions: texts with the same words are near. Records the embedded texts. */
export const wordEmbedder = (name = 'words'): Embedder & { readonly texts: string[] } => {
  const texts: string[] = [];
  return {
    model: { name, dimensions: DIMENSIONS },
    texts,
    embed: async (some) => {
      texts.push(...some);
      return some.map(vectorOf);
    },
    close: async () => undefined,
  };
};

const vectorOf = (text: string): Float32Array => {
  const vector = new Float32Array(DIMENSIONS);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? ['']) {
    const at = hash53(word) % DIMENSIONS;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};

export interface Parts {
  readonly vectors?: VectorIndex;
  readonly embedder?: Embedder;
  readonly objects?: ObjectStore;
  readonly sets?: ObjectStore;
  readonly actOn?: ExecutorContext['actOn'];
  readonly history?: HistoryReader;
  readonly maxFiles?: number;
  readonly files?: Partial<BuiltinOptions['files']>;
  readonly upkeep?: readonly Upkeep[];
}

/** A folder with files, the built-in executors, and their stores. Removed at the end. */
export const aWorld = (parts: Parts = {}) => {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'precedent-builtin-')));
  const clock = virtualClock(NOW);
  const embedder = wordEmbedder();
  const vectors = parts.vectors ?? memoryVectorIndex();
  const objects = parts.objects ?? memoryObjectStore({ clock });
  const executors = builtinExecutors({
    parse: payloadParsers,
    vectors,
    embedder: () => Promise.resolve(parts.embedder ?? embedder),
    objects,
    sets: parts.sets ?? objects,
    history: parts.history,
    threads,
    upkeep: parts.upkeep ?? [],
    backupsDir: path.join(folder, 'backups'),
    files: { roots: [folder], ...parts.files },
    now: () => clock.now(),
    maxFiles: parts.maxFiles ?? 1_000,
    maxTextBytes: 1024 * 1024,
  });
  const write = (files: Readonly<Record<string, string | Uint8Array>>): void => {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  };
  const start = (type: BuiltinTypeName, payload: unknown, options: AttemptOptions = {}): Attempt =>
    anAttempt(
      (job, context) => executors[type](job, { ...context, ...(parts.actOn && { actOn: parts.actOn }) }),
      { type, payload },
      options,
    );
  return {
    folder,
    clock,
    embedder,
    vectors,
    objects,
    write,
    start,
    /** Runs one attempt to its end. */
    run: (type: BuiltinTypeName, payload: unknown, options: AttemptOptions = {}): Promise<unknown> =>
      start(type, payload, options).run(),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};

export type World = ReturnType<typeof aWorld>;

export interface AttemptOptions {
  readonly namespace?: string;
  readonly security?: string;
  readonly resume?: ExecutorResume;
  /** Called at each sign of progress, and before each checkpoint is durable. */
  readonly onStep?: (attempt: Attempt) => void;
}

/** One attempt: its checkpoints, its progress, its log, and the means to end it. */
export interface Attempt {
  readonly checkpoints: unknown[];
  readonly progress: number[];
  readonly messages: string[];
  readonly log: string[];
  run(): Promise<unknown>;
  requestYield(): void;
  stop(reason?: StopRequest['reason']): void;
}

type Execute = (
  job: Parameters<ReturnType<typeof builtinExecutors>['text.process']>[0],
  context: ExecutorContext,
) => Promise<unknown>;

const anAttempt = (
  execute: Execute,
  { type, payload }: { readonly type: string; readonly payload: unknown },
  { namespace = 'default', security, resume, onStep }: AttemptOptions,
): Attempt => {
  const [stopping, yielding] = [new AbortController(), new AbortController()];
  const attempt: Attempt = {
    checkpoints: [],
    progress: [],
    messages: [],
    log: [],
    requestYield: () => yielding.abort({ reason: 'preempted', deadlineMs: 1_000 }),
    stop: (reason = 'cancelled') => stopping.abort({ reason, graceMs: 1_000 }),
    run: () =>
      execute(
        {
          id: 'task-1',
          epoch: 1,
          attempt: 1,
          namespace,
          project: 'default',
          type,
          task: { payload },
          ...(security !== undefined && { security }),
        },
        context,
      ),
  };
  const context: ExecutorContext = {
    signal: stopping.signal,
    yieldSignal: yielding.signal,
    resume,
    checkpoint: async (state) => {
      attempt.checkpoints.push(JSON.parse(JSON.stringify(state)));
      onStep?.(attempt);
    },
    suspendable: () => undefined,
    progress: (fraction, message = '') => {
      attempt.progress.push(fraction);
      attempt.messages.push(message);
      onStep?.(attempt);
    },
    heartbeat: () => undefined,
    log: (_, text) => void attempt.log.push(text),
  };
  return attempt;
};

/**
 * Runs a task to its end and requests a yield in each attempt, at the step whose number comes next. Each attempt resumes from
 * the last checkpoint.
 */
export const runPreempted = async (
  world: World,
  task: { readonly type: BuiltinTypeName; readonly payload: unknown },
  steps: readonly number[],
): Promise<{ readonly result: unknown; readonly yields: number }> => {
  let resume: ExecutorResume | undefined;
  let yields = 0;
  for (const step of [...steps, Infinity]) {
    let seen = 0;
    const onStep = (one: Attempt): void => {
      if (++seen === step) one.requestYield();
    };
    const attempt = world.start(task.type, task.payload, { ...(resume && { resume }), onStep });
    try {
      return { result: await attempt.run(), yields };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'YieldSignal') throw error;
      yields++;
      const state = attempt.checkpoints.at(-1);
      if (state !== undefined) resume = { state, version: '1', segment: yields };
    }
  }
  throw new Error('the last attempt ran without a request to yield, and did not end');
};

/** Every point of a collection, ordered by path or key and chunk. */
export const pointsIn = async (
  { vectors }: Pick<World, 'vectors'>,
  collection: string,
  namespace = 'default',
): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const { points } = await vectors.scroll(`user_${collection}`, { namespace }, { limit: 10_000 });
  return points
    .map(({ id, payload }): Record<string, unknown> => ({ id, ...payload }))
    .sort((a, b) => (orderKeyOf(a) < orderKeyOf(b) ? -1 : 1));
};

const orderKeyOf = (point: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([point['path'] ?? point['key'], String(point['chunk']).padStart(6, '0')]);

import path from 'node:path';
import type { Client } from '@precedent/client';
import { qdrantAddressOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { streamsOf } from '@precedent/contracts';
import type { BuiltinTypeName } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { natsObjectStore, streamUpkeep } from '@precedent/nats';
import type { Embedder, Executor, ObjectStore, Upkeep, VectorIndex } from '@precedent/ports';
import { builtinExecutors, startThreads } from '@precedent/work';
import type { ThreadCalls } from '@precedent/work';
import { payloadParsers } from './payloads.ts';
import { THREAD_ENTRY } from './thread-entry.ts';
import { taskHistory } from './task-history.ts';
import { historyUpkeep } from './history-upkeep.ts';

/** Files of one `document.process` task. */
const FILES_MAX = 100_000;
const TEXT_BYTES_MAX = 8 * 1024 * 1024;

/** The executors of the built-in types other than `command` and `http`. */
export interface Builtins {
  /** The executor of a type, made at its first task: most workers never run most types. */
  of(name: BuiltinTypeName): Executor;
  /** Ends the embedding model and the threads, if they were started. */
  close(): Promise<void>;
}

/**
 * `client`: called when a first task runs, so after the worker has connected. `umask`: of the files that tasks make.
 */
export const builtinsOf = (
  config: Config,
  client: () => Pick<Client, 'link' | 'history'>,
  umask: number,
): Builtins => {
  const model = lazyEmbedder(config.vectorizer.modelDir);
  const threads = startThreads<ThreadCalls>({ entry: THREAD_ENTRY });
  const storeOf = (bucket: string): ObjectStore =>
    natsObjectStore({ nc: client().link, bucket, replicas: config.nats.replicas });
  const make = async (): Promise<Record<BuiltinTypeName, Executor>> =>
    builtinExecutors({
      parse: payloadParsers,
      vectors: await indexOf(config),
      embedder: model.get,
      objects: storeOf(streamsOf(config.root).objects),
      sets: storeOf(streamsOf(config.root).sets),
      history: taskHistory(() => client().history),
      threads,
      upkeep: await upkeepOf(config, client),
      backupsDir: path.join(config.storage.dataDir, 'backups'),
      files: { roots: config.worker.roots, protects: ownPaths(config), umask },
      now: Date.now,
      maxFiles: FILES_MAX,
      maxTextBytes: TEXT_BYTES_MAX,
    });
  let made: ReturnType<typeof make> | undefined;
  return {
    of: (name) => async (job, context) => {
      made ??= make();
      return await (await made)[name](job, context);
    },
    close: async () => {
      await threads.close();
      await model.close();
    },
  };
};

/** Paths that no task may read or write, even below a root. */
const ownPaths = ({ storage, file, nats, worker }: Config): string[] => [
  path.resolve(storage.dataDir),
  ...[file, nats.tls.key, worker.secrets.folder].filter((one) => one !== ''),
];

/** The model takes a second and 250 MB: it is loaded for the first task that needs it, and again after a failure. */
const lazyEmbedder = (dir: string) => {
  let started: Promise<Embedder> | undefined;
  return {
    get: (): Promise<Embedder> => {
      started ??= startModel(dir).catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      return started;
    },
    close: async (): Promise<void> => {
      const embedder = await started?.catch(() => undefined);
      await embedder?.close();
    },
  };
};

// These libraries are loaded at their first use, because they would take most of the start of a worker.

const startModel = async (dir: string): Promise<Embedder> => {
  const { cachedEmbedder, memoryVectorCache, startEmbedder } = await import('@precedent/transformers');
  return cachedEmbedder(await startEmbedder(dir === '' ? {} : { dir }), memoryVectorCache());
};

/** The stores of `system.maintenance`. The journal comes last, because the other stores go on from it after a restore. */
const upkeepOf = async (
  config: Config,
  client: () => Pick<Client, 'link' | 'history'>,
): Promise<readonly Upkeep[]> => {
  const { root, cell } = config;
  const streams = streamUpkeep({ nc: client().link, root, cell });
  const history = config.history.enabled ? [historyUpkeep(() => client().history)] : [];
  if (config.vectorizer.url === '') return [...history, streams];
  const { qdrantUpkeep } = await import('@precedent/qdrant');
  return [...history, qdrantUpkeep(qdrantAddressOf(config)), streams];
};

const indexOf = async (config: Config): Promise<VectorIndex> => {
  if (config.vectorizer.url === '') return noIndex();
  const { qdrantVectorIndex } = await import('@precedent/qdrant');
  return qdrantVectorIndex(qdrantAddressOf(config));
};

/** The index of a worker without one: it still runs all tasks that need none. */
const noIndex = (): VectorIndex => {
  const refuse = (): Promise<never> => {
    const message = 'this worker knows no vector index: set vectorizer.url to that of a Qdrant';
    return Promise.reject(new AppError('VECTORS_UNAVAILABLE', message));
  };
  return {
    ensure: refuse,
    collections: refuse,
    drop: refuse,
    upsert: refuse,
    fill: refuse,
    query: refuse,
    scroll: refuse,
    count: refuse,
    remove: refuse,
    expire: refuse,
    walk: refuse,
    size: refuse,
    alias: refuse,
    behind: refuse,
    limitMemory: refuse,
    ping: refuse,
  };
};

import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from '@precedent/client';
import type { Child } from '@precedent/processes';
import type { Environment } from '../e2e/programs.ts';
import { environmentOf, startProgram } from '../e2e/programs.ts';
import { emptyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';

/** A world with an engine, an idle worker in this process, and histories as processes of their own. */
export interface HistoryWorld extends AsyncDisposable {
  readonly world: World;
  /** The folder of the history. */
  readonly dir: string;
  readonly worker: Worker;
  readonly startHistory: (settings?: Environment) => Promise<Child>;
  /** What the history processes have printed. */
  readonly lines: readonly string[];
  /** Reads the file of a history that does not run. */
  readonly rows: (sql: string) => Record<string, unknown>[];
}

const STOP_LIMITS = { stopMs: 5_000, forceMs: 1_000 };

export const historyWorld = async (settings: Environment = {}): Promise<HistoryWorld> => {
  const world = await emptyWorld({ settings });
  await world.startEngine();
  const worker = world.client.worker({
    name: 'idle',
    slots: 256,
    handlers: {
      noop: async (job) => job.task.payload,
      'always.fails': async () => Promise.reject(new Error('boom')),
    },
  });
  await worker.start();
  const store = path.join(world.folder, 'store');
  const histories: Child[] = [];
  const lines: string[] = [];
  return {
    world,
    worker,
    dir: path.join(store, 'history'),
    lines,
    startHistory: async (more = {}) => {
      const storage = { PRECEDENT_NATS_URL: world.nats.url, PRECEDENT_STORAGE_DATA_DIR: store };
      const env = environmentOf(`history-${randomUUID()}`, { ...storage, ...settings, ...more });
      const child = await startProgram('history', env, (line) => void lines.push(line));
      histories.push(child);
      return child;
    },
    rows: (sql) => {
      const db = new DatabaseSync(path.join(store, 'history', 'history.db'), { readOnly: true });
      try {
        return db.prepare(sql).all();
      } finally {
        db.close();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await worker.stop();
      await Promise.all(histories.map((child) => child.stop(STOP_LIMITS)));
      await world[Symbol.asyncDispose]();
    },
  };
};

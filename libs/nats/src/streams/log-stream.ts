import { jetstreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Streams, Subjects } from '@precedent/contracts';
import type { TaskLogs } from '@precedent/ports';
import { ensureStream } from './ensure-stream.ts';
import { backgroundRemovals } from './background-removals.ts';
import { SERVER_CODES, natsError, serverCodeOf } from '../connection/nats-errors.ts';

export interface LogStreamOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly streams: Streams;
  /** Milliseconds; 7 days by default. */
  readonly maxAgeMs?: number;
  /** Bytes; 2 GiB by default. It is reserved on the server's disk. Beyond it the oldest output is removed. */
  readonly maxBytes?: number;
  readonly replicas?: number;
}

const MAX_AGE_MS = 7 * 86_400_000;
const MAX_BYTES = 2 * 1024 * 1024 * 1024;

/**
 * The stream of the tasks' output. It is written without an fsync for each chunk, also where the server otherwise makes one: after a
 * power loss the last output may be missing, which no state depends on.
 */
export const ensureLogStream = async (options: LogStreamOptions): Promise<void> => {
  const { nc, subjects, streams, maxAgeMs = MAX_AGE_MS, maxBytes = MAX_BYTES, replicas = 1 } = options;
  await ensureStream(await jetstreamManager(nc), {
    name: streams.logs,
    subjects: [subjects.logs],
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    num_replicas: replicas,
    max_age: nanos(maxAgeMs),
    max_bytes: maxBytes,
    allow_direct: true,
    // The server refuses it with replicas, which make a write without an fsync safe enough.
    ...(replicas === 1 && { persist_mode: 'async' as const }),
  });
};

/** Deletes the output of one task; there may be none. Rejects JOURNAL_UNAVAILABLE. */
export const deleteLogs = async (options: LogStreamOptions, task: string): Promise<void> => {
  const { nc, subjects, streams } = options;
  try {
    await (await jetstreamManager(nc)).streams.purge(streams.logs, { filter: subjects.log(task) });
  } catch (error) {
    if (serverCodeOf(error) === SERVER_CODES.streamNotFound) return;
    throw natsError(error, 'JOURNAL_UNAVAILABLE', `deleting the logs of ${task}`);
  }
};

/** Deletes the output of deleted tasks in the background. */
export const natsTaskLogs = (options: LogStreamOptions): TaskLogs => {
  const remove = backgroundRemovals((task) => deleteLogs(options, task));
  return { remove: (task) => remove([task]) };
};

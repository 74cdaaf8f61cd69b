import type { StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { logChunkSchema } from '@precedent/contracts';
import type { Streams, Subjects } from '@precedent/contracts';
import type { HistoryLogsReply, LogChunk } from '@precedent/contract-types';
import { settlesWithin } from '@precedent/kernel';
import type { TaskOutput } from '@precedent/ports';
import { SERVER_CODES, natsError, serverCodeOf } from '../connection/nats-errors.ts';
import { directBatch } from './direct-batch.ts';

export interface TaskOutputOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly streams: Streams;
}

/** Bytes of one answer, about: half of the smallest message limit of a server. */
const PAGE_BYTES = 512 * 1024;

/** Reads the stream of the tasks' output for those who may not read streams themselves. */
export const natsTaskOutput = (options: TaskOutputOptions): TaskOutput => {
  const { nc, subjects } = options;
  return {
    read: async ({ id, after, limit, waitMs }) => {
      // Before the first look, so that what arrives in between is not waited for.
      const arrival = waitMs > 0 ? nextMessage(nc, subjects.log(id)) : undefined;
      try {
        const page = await pageOf(options, { id, after, limit });
        if (page.last > after || arrival === undefined) return page;
        await settlesWithin(arrival.first, waitMs);
        return await pageOf(options, { id, after, limit });
      } finally {
        arrival?.stop();
      }
    },
  };
};

/** The next message on a subject, however it is read. */
const nextMessage = (nc: NatsConnection, subject: string) => {
  const first = Promise.withResolvers<void>();
  const subscription = nc.subscribe(subject, { max: 1, callback: () => first.resolve() });
  return { first: first.promise, stop: () => subscription.unsubscribe() };
};

interface Page {
  readonly id: string;
  readonly after: number;
  readonly limit: number;
}

const pageOf = async (
  { nc, subjects, streams }: TaskOutputOptions,
  { id, after, limit }: Page,
): Promise<HistoryLogsReply> => {
  const chunks: LogChunk[] = [];
  let last = after;
  try {
    const batch = { seq: after + 1, next_by_subj: subjects.log(id), batch: limit, max_bytes: PAGE_BYTES };
    for await (const message of directBatch(nc, streams.logs, batch)) {
      last = message.seq;
      chunks.push(...chunkIn(message));
    }
  } catch (error) {
    if (serverCodeOf(error) !== SERVER_CODES.streamNotFound)
      throw natsError(error, 'JOURNAL_UNAVAILABLE', `reading the output of ${id}`);
  }
  return { chunks, last };
};

/** Any worker may publish to the stream: what is no chunk is left out. */
const chunkIn = (message: StoredMsg): LogChunk[] => {
  try {
    const chunk = logChunkSchema.safeParse(message.json());
    return chunk.success ? [chunk.data] : [];
  } catch {
    return [];
  }
};

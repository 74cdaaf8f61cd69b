import { jetstreamManager } from '@nats-io/jetstream';
import type { DirectBatchOptions, StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';

const NO_MESSAGE = 404;

/** Stored messages of a stream from a sequence on, in one batch; none when there are no more. */
export async function* directBatch(
  nc: NatsConnection,
  stream: string,
  options: DirectBatchOptions,
): AsyncGenerator<StoredMsg> {
  const { direct } = await jetstreamManager(nc);
  try {
    yield* await direct.getBatch(stream, options);
  } catch (error) {
    if (!isNothing(error)) throw error;
  }
}

const isNothing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === NO_MESSAGE;

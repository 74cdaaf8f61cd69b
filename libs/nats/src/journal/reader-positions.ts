import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import type { LogSource } from './read-entries.ts';
import { SERVER_CODES, serverCodeOf } from '../connection/nats-errors.ts';

/** How far a durable reader of a log has read. */
export interface ReaderPosition {
  readonly reader: string;
  readonly passed: number;
}

const POSITION_KEY = 'precedent.passed';

/**
 * The position of a reader is in the metadata of a durable consumer of the stream, so that it is listed, replicated and removed with the
 * stream. The consumer itself delivers nothing: entries are read in bulk, which any replica can answer.
 */
const consumerOf = (reader: string, passed: number) => ({
  durable_name: reader,
  description: `position of the reader ${reader}; it reads without this consumer`,
  ack_policy: 'none' as const,
  deliver_policy: 'new' as const,
  metadata: { [POSITION_KEY]: String(passed) },
});

/** Saves or moves the position of a reader. */
export const savePosition = async (source: LogSource, reader: string, passed: number): Promise<void> => {
  const { jsm, stream } = source;
  const exists = (await positionOf(source, reader)) !== undefined;
  if (exists) await jsm.consumers.update(stream, reader, consumerOf(reader, passed));
  else await jsm.consumers.add(stream, consumerOf(reader, passed));
};

/** `undefined`: it was never saved. */
export const positionOf = async ({ jsm, stream }: LogSource, reader: string): Promise<number | undefined> => {
  try {
    return positionIn(await jsm.consumers.info(stream, reader))?.passed;
  } catch (error) {
    if (serverCodeOf(error) === SERVER_CODES.consumerNotFound) return undefined;
    throw error;
  }
};

/** The positions of all readers of a log. */
export const positionsOf = async (jsm: JetStreamManager, stream: string): Promise<ReaderPosition[]> => {
  const found: ReaderPosition[] = [];
  for await (const consumer of jsm.consumers.list(stream)) {
    const position = positionIn(consumer);
    if (position) found.push(position);
  }
  return found;
};

const positionIn = ({ name, config }: ConsumerInfo): ReaderPosition | undefined => {
  const text = config.metadata?.[POSITION_KEY];
  return text === undefined ? undefined : { reader: name, passed: Number(text) };
};

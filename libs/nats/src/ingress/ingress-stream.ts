import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import type { Streams, Subjects } from '@precedent/contracts';
import { BANDS } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { ensureStream } from '../streams/ensure-stream.ts';
import { SERVER_CODES, natsError, serverCodeOf } from '../connection/nats-errors.ts';

export interface IngressStreamOptions {
  readonly subjects: Subjects;
  readonly streams: Streams;
  /** Bytes that dropped tasks may take before a publish is refused; 10 GiB by default. It is reserved on the server's disk. */
  readonly maxBytes?: number;
  readonly replicas?: number;
}

const MAX_BYTES = 10 * 1024 * 1024 * 1024;
/** Two publishes with the same message id within this time are one task. */
const DUPLICATE_WINDOW_MS = 120_000;
/**
 * Only a crash lets a delivery go unanswered, and the ingress that opens next creates its consumers again. This is for the case that it
 * cannot, so it may be long; but a shorter one would deliver again what still waits for its commit.
 */
const ACK_WAIT_MS = 60_000;
const ACK_PENDING_MAX = 10_000;

/**
 * The stream behind the stream ingress. It has the four bands as subjects, not a wildcard: a publish to a band that does not exist is
 * refused at once, where with a wildcard it would wait for ever without a consumer.
 */
export const ensureIngressStream = (
  jsm: JetStreamManager,
  options: IngressStreamOptions,
): Promise<StreamInfo> =>
  ensureStream(jsm, {
    name: options.streams.tasks,
    subjects: BANDS.map((band) => options.subjects.drop(band)),
    retention: 'workqueue',
    storage: 'file',
    discard: 'new',
    num_replicas: options.replicas ?? 1,
    max_bytes: options.maxBytes ?? MAX_BYTES,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  });

/** Makes the consumer of one band, unless it is there. */
export const ensureBandConsumer = async (
  jsm: JetStreamManager,
  band: Band,
  options: IngressStreamOptions,
): Promise<void> => {
  const { subjects, streams } = options;
  try {
    await jsm.consumers.add(streams.tasks, {
      durable_name: streams.ingressConsumer(band),
      filter_subject: subjects.drop(band),
      ack_policy: 'explicit',
      deliver_policy: 'all',
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: ACK_PENDING_MAX,
      max_deliver: -1,
    });
  } catch (error) {
    throw natsError(error, 'JOURNAL_UNAVAILABLE', `consumer ${streams.ingressConsumer(band)}`);
  }
};

/**
 * Creates it again when an ingress that has crashed left deliveries without an answer: then they come again now, not after the wait.
 * Nothing is lost by that, the tasks stay in the stream.
 */
export const renewBandConsumer = async (
  jsm: JetStreamManager,
  band: Band,
  options: IngressStreamOptions,
): Promise<void> => {
  const { streams } = options;
  try {
    const info = await jsm.consumers.info(streams.tasks, streams.ingressConsumer(band));
    if (info.num_ack_pending > 0) await jsm.consumers.delete(streams.tasks, streams.ingressConsumer(band));
  } catch (error) {
    if (serverCodeOf(error) !== SERVER_CODES.consumerNotFound) {
      throw natsError(error, 'JOURNAL_UNAVAILABLE', `consumer ${streams.ingressConsumer(band)}`);
    }
  }
  await ensureBandConsumer(jsm, band, options);
};

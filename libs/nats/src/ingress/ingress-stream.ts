import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { callerPattern } from '@precedent/contracts';
import type { Streams, Subjects } from '@precedent/contracts';
import { BANDS } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { ensureStream } from '../streams/ensure-stream.ts';
import { SERVER_CODES, natsError, serverCodeOf } from '../connection/nats-errors.ts';

export interface IngressStreamOptions {
  readonly subjects: Subjects;
  readonly streams: Streams;
  /** Bytes of waiting tasks, at which a publish is refused; 10 GiB by default. They are reserved on the server's disk. */
  readonly maxBytes?: number;
  readonly replicas?: number;
}

const MAX_BYTES = 10 * 1024 * 1024 * 1024;
/** Two publishes with the same message id within this time are one task. */
const DUPLICATE_WINDOW_MS = 120_000;
/**
 * Only a crash leaves a delivery unacknowledged, and the next ingress creates the consumers again, so this time is needed only when it cannot.
 * It must be longer than a commit takes, or tasks that wait for theirs would be delivered again.
 */
const ACK_WAIT_MS = 60_000;
const ACK_PENDING_MAX = 10_000;

/**
 * The stream of the stream ingress. Its subjects are the four bands, not a wildcard, so a publish to a band that does not exist is refused at
 * once, and does not wait for ever without a consumer.
 */
export const ensureIngressStream = (
  jsm: JetStreamManager,
  options: IngressStreamOptions,
): Promise<StreamInfo> =>
  ensureStream(jsm, {
    name: options.streams.tasks,
    subjects: BANDS.flatMap((band) => ingressSubjects(options.subjects, band)),
    retention: 'workqueue',
    storage: 'file',
    discard: 'new',
    num_replicas: options.replicas ?? 1,
    max_bytes: options.maxBytes ?? MAX_BYTES,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  });

/** With a caller in it, and without. */
const ingressSubjects = (subjects: Subjects, band: Band): string[] => [
  subjects.drop(band),
  callerPattern(`tasks.${band}`, subjects.root),
];

/** Makes the consumer of one band, unless it exists. */
export const ensureBandConsumer = async (
  jsm: JetStreamManager,
  band: Band,
  options: IngressStreamOptions,
): Promise<void> => {
  const { subjects, streams } = options;
  try {
    await jsm.consumers.add(streams.tasks, {
      durable_name: streams.ingressConsumer(band),
      filter_subjects: ingressSubjects(subjects, band),
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
 * Makes the consumer of one band, again when a crashed ingress left deliveries unacknowledged: then they are delivered again now, not after
 * the wait. Nothing is lost, because the tasks stay in the stream.
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

import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { AuditMessage } from '@precedent/contract-types';
import type { Streams, Subjects } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { AuditStore } from '@precedent/ports';
import { textOf } from '../connection/bytes.ts';
import { whileUp } from '../connection/link-state.ts';
import { SERVER_CODES, isConflict, natsError, serverCodeOf } from '../connection/nats-errors.ts';
import { noticeSubject, openEntryNotifier } from '../journal/entry-notifier.ts';
import type { EntryNotifier } from '../journal/entry-notifier.ts';
import { directBatch } from '../streams/direct-batch.ts';
import { ensureStream } from '../streams/ensure-stream.ts';
import type { StreamSpec } from '../streams/ensure-stream.ts';

export interface AuditStoreOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly streams: Streams;
}

export interface AuditStreamOptions extends AuditStoreOptions {
  /** An existing stream that is smaller gets this size. */
  readonly maxBytes: number;
  readonly replicas?: number;
}

/** Makes the stream of the audit trail. Rejects JOURNAL_UNAVAILABLE or INVALID_CONFIG when the server does not let it. */
export const ensureAuditStream = async (options: AuditStreamOptions): Promise<void> => {
  const { nc, maxBytes, streams } = options;
  const jsm = await jetstreamManager(nc);
  const { config } = await ensureStream(jsm, streamOf(options));
  if (config.max_bytes >= maxBytes) return;
  // The disk may have no room for it: then the stream keeps the size that it has.
  await jsm.streams.update(streams.audit, { ...config, max_bytes: maxBytes }).catch(() => undefined);
};

const streamOf = ({ streams, subjects, maxBytes, replicas = 1 }: AuditStreamOptions): StreamSpec => ({
  name: streams.audit,
  subjects: [subjects.audit],
  retention: 'limits',
  storage: 'file',
  num_replicas: replicas,
  max_bytes: maxBytes,
  // A full stream refuses: the oldest entries must stay.
  discard: 'new',
  deny_delete: true,
  deny_purge: true,
  allow_direct: true,
  republish: { src: subjects.audit, dest: noticeSubject(subjects.audit), headers_only: true },
});

/** Messages of one page, and bytes, about. */
const PAGE_MESSAGES = 1_000;
const PAGE_BYTES = 2 * 1024 * 1024;

/** The stream of the audit trail, which must be there. */
export const natsAuditStore = (options: AuditStoreOptions): AuditStore => {
  const { nc, subjects, streams } = options;
  const js = jetstream(nc);
  const attempt = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await whileUp(nc, work);
    } catch (error) {
      if (serverCodeOf(error) === SERVER_CODES.streamNotFound)
        throw new AppError('AUDIT_UNAVAILABLE', NO_TRAIL, { cause: error });
      throw natsError(error, 'AUDIT_UNAVAILABLE', `${doing} the audit trail`);
    }
  };
  const put = async (text: string, after: number): Promise<'stored' | 'conflict'> => {
    try {
      await js.publish(subjects.audit, text, {
        expect: { lastSequence: after, streamName: streams.audit },
      });
      return 'stored';
    } catch (error) {
      if (isConflict(error)) return 'conflict';
      throw error;
    }
  };
  return {
    put: (text, after) => attempt('writing', () => put(text, after)),
    last: () => attempt('reading', async () => lastOf(await jetstreamManager(nc), streams.audit)),
    read: (after) => attempt('reading', () => pageOf(nc, streams.audit, after)),
  };
};

const NO_TRAIL = 'there is no audit trail: one is written where access.required is set';

/** Read from the leader of the stream: a replica may lag behind. */
const lastOf = async (jsm: JetStreamManager, stream: string): Promise<AuditMessage | undefined> => {
  const { state }: StreamInfo = await jsm.streams.info(stream);
  if (state.last_seq === 0) return undefined;
  const last = await jsm.streams.getMessage(stream, { seq: state.last_seq });
  // A message that the server cannot read any more is no reason to stop: the chain goes on, and a check finds it.
  return { seq: state.last_seq, text: last === null ? '' : textOf(last.data) };
};

const pageOf = async (nc: NatsConnection, stream: string, after: number): Promise<AuditMessage[]> => {
  const messages: AuditMessage[] = [];
  const batch = { seq: after + 1, batch: PAGE_MESSAGES, max_bytes: PAGE_BYTES };
  for await (const { seq, data } of directBatch(nc, stream, batch))
    messages.push({ seq, text: textOf(data) });
  return messages;
};

/** Notices of what is stored in the trail. */
export const openAuditNotices = async ({ nc, streams }: AuditStoreOptions): Promise<EntryNotifier> => {
  try {
    return await openEntryNotifier({ nc, jsm: await jetstreamManager(nc), stream: streams.audit });
  } catch (error) {
    throw natsError(error, 'AUDIT_UNAVAILABLE', `opening ${streams.audit}`);
  }
};

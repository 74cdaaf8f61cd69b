import type { Client } from '@precedent/client';
import { streamsOf } from '@precedent/contracts';
import type { SeenEntry, SeenRecord } from './checker.ts';

/** Entries of one request: an entry may have half a megabyte. */
const BATCH = 64;
const EXPIRES_NS = 5_000_000_000;
const ANSWER_MS = 10_000;

/**
 * Reads the whole journal of a cell through JetStream's plain request API. On purpose it shares no code with the engine and its
 * adapters: a mistake in theirs must not hide itself.
 */
export const readJournal = async (client: Client, cell = 'main'): Promise<SeenEntry[]> => {
  const stream = streamsOf().journal(cell);
  const last = await lastSeq(client, stream);
  const consumer = await addConsumer(client, stream);
  const entries: SeenEntry[] = [];
  for (let seq = 0; seq < last; seq = entries.at(-1)?.seq ?? seq) {
    const batch = await next(client, stream, consumer);
    if (batch.length === 0) throw new Error(`the journal gave nothing behind entry ${seq} of ${last}`);
    entries.push(...batch);
  }
  await ask(client, `CONSUMER.DELETE.${stream}.${consumer}`, {});
  return entries;
};

const ask = async (client: Client, verb: string, body: object): Promise<Record<string, unknown>> => {
  const answer = await client.link.request(`$JS.API.${verb}`, JSON.stringify(body), { timeout: ANSWER_MS });
  const fields = answer.json<Record<string, unknown>>();
  if (fields['error'] !== undefined) throw new Error(`${verb}: ${JSON.stringify(fields['error'])}`);
  return fields;
};

const lastSeq = async (client: Client, stream: string): Promise<number> => {
  const { state } = await ask(client, `STREAM.INFO.${stream}`, {});
  return Number((state as Record<string, unknown>)['last_seq']);
};

const addConsumer = async (client: Client, stream: string): Promise<string> => {
  const config = { ack_policy: 'none', deliver_policy: 'all', mem_storage: true, max_deliver: 1 };
  const { name } = await ask(client, `CONSUMER.CREATE.${stream}`, { stream_name: stream, config });
  return String(name);
};

/** One batch; it ends when the server has no more, which it says with a message that has a status. */
const next = async (client: Client, stream: string, consumer: string): Promise<SeenEntry[]> => {
  const inbox = `_INBOX.journal.${consumer}.${Math.random().toString(36).slice(2)}`;
  const messages = client.link.subscribe(inbox);
  const request = { batch: BATCH, no_wait: true, expires: EXPIRES_NS };
  client.link.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), {
    reply: inbox,
  });
  const entries: SeenEntry[] = [];
  for await (const message of messages) {
    if (message.headers !== undefined && message.headers.code > 0) break;
    entries.push(entryOf(message.string(), seqOf(message.reply ?? '')));
    if (entries.length === BATCH) break;
  }
  return entries;
};

/** `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.…`, or with a domain and an account in front. */
const seqOf = (reply: string): number => {
  const tokens = reply.split('.');
  return Number(tokens[tokens.length > 9 ? 7 : 5]);
};

const entryOf = (text: string, seq: number): SeenEntry => {
  const { epoch, records } = JSON.parse(text) as { epoch: number; records: SeenRecord[] };
  // Only these three: what the tasks carry would fill the memory of the test.
  return { seq, epoch, records: records.map(slim) };
};

const slim = ({ kind, id, state }: SeenRecord): SeenRecord => ({
  kind,
  ...(id !== undefined && { id }),
  ...(state !== undefined && { state }),
});

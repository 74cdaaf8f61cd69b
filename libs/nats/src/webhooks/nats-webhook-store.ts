import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV, KvEntry } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Streams, Subjects } from '@precedent/contracts';
import { settlesWithin, onAbort } from '@precedent/kernel';
import type { StoredWebhook, WebhookPosition, WebhookStore } from '@precedent/ports';
import { readBucket } from '../access/read-bucket.ts';
import { linkStateOf, whileUp } from '../connection/link-state.ts';
import { isConflict, natsError } from '../connection/nats-errors.ts';
import { ensureStream } from '../streams/ensure-stream.ts';
import type { StreamSpec } from '../streams/ensure-stream.ts';
import { readPosition, readWebhook } from './webhook-records.ts';

export interface WebhookStoreOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly streams: Streams;
  readonly replicas?: number;
}

/** After this the webhooks are looked at without a notice of a change: one may be lost. Milliseconds. */
const POLL_MS = 30_000;

/** The bucket of webhooks, made where it is missing. Rejects NATS_UNREACHABLE. */
export const natsWebhookStore = async (options: WebhookStoreOptions): Promise<WebhookStore> => {
  const { nc, streams, subjects } = options;
  const bucket = streams.webhooks;
  try {
    await ensureStream(await jetstreamManager(nc), bucketOf(options));
    const kv = await new Kvm(nc).open(bucket, { allow_direct: true });
    return new NatsWebhookStore({ nc, bucket, kv, notices: subjects.webhookChanged });
  } catch (error) {
    throw natsError(error, 'NATS_UNREACHABLE', `opening ${bucket}`);
  }
};

/** The stream of the bucket, with the configuration that every NATS client gives one, and notices of changes of webhooks. */
const bucketOf = ({ streams, subjects, replicas = 1 }: WebhookStoreOptions): StreamSpec => ({
  name: `KV_${streams.webhooks}`,
  subjects: [`$KV.${streams.webhooks}.>`],
  retention: 'limits',
  storage: 'file',
  num_replicas: replicas,
  max_msgs_per_subject: 1,
  discard: 'new',
  allow_rollup_hdrs: true,
  allow_direct: true,
  deny_delete: true,
  republish: {
    src: `$KV.${streams.webhooks}.hook.>`,
    dest: subjects.webhookChanged,
    headers_only: true,
  },
});

interface Bucket {
  readonly nc: NatsConnection;
  readonly bucket: string;
  readonly kv: KV;
  readonly notices: string;
}

const hookKey = (id: string): string => `hook.${id}`;
const positionKey = (id: string): string => `position.${id}`;

class NatsWebhookStore implements WebhookStore {
  readonly #parts: Bucket;
  #next = Promise.withResolvers<void>();

  constructor(parts: Bucket) {
    this.#parts = parts;
    const wake = (): void => {
      this.#next.resolve();
      this.#next = Promise.withResolvers();
    };
    parts.nc.subscribe(parts.notices, { callback: wake });
    linkStateOf(parts.nc).onUp(wake);
  }

  list(): Promise<readonly StoredWebhook[]> {
    return this.#answered('reading webhooks', async () => {
      const found: StoredWebhook[] = [];
      for (let from = 1; ;) {
        const entries = await readBucket(this.#parts.nc, this.#parts.bucket, from);
        const last = entries.at(-1);
        if (last === undefined) return found.toSorted(byId);
        for (const { name, value, isRemoved } of entries) {
          const webhook = name.startsWith('hook.') && !isRemoved ? readWebhook(value) : undefined;
          if (webhook) found.push(webhook);
        }
        from = last.seq + 1;
      }
    });
  }

  get(id: string): Promise<StoredWebhook | undefined> {
    return this.#answered(`reading the webhook ${id}`, async () => {
      const entry = await this.#entry(hookKey(id));
      return entry && readWebhook(entry.value);
    });
  }

  change(
    id: string,
    decide: (stored: StoredWebhook | undefined) => StoredWebhook | undefined,
  ): Promise<StoredWebhook | undefined> {
    return this.#answered(`changing the webhook ${id}`, async () => {
      for (;;) {
        const entry = await this.#entry(hookKey(id));
        const next = decide(entry && readWebhook(entry.value));
        if (await this.#stored(id, entry?.revision, next)) return next;
      }
    });
  }

  positionOf(id: string): Promise<WebhookPosition | undefined> {
    return this.#answered(`reading the position of ${id}`, async () => {
      const entry = await this.#entry(positionKey(id));
      return entry && readPosition(entry.value);
    });
  }

  setPosition(id: string, position: WebhookPosition): Promise<void> {
    return this.#answered(`writing the position of ${id}`, async () => {
      await this.#parts.kv.put(positionKey(id), JSON.stringify(position));
    });
  }

  async changed(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const stopListening = onAbort(signal, () => aborted.resolve());
    await settlesWithin(Promise.race([this.#next.promise, aborted.promise]), POLL_MS);
    stopListening();
  }

  async #entry(key: string): Promise<KvEntry | undefined> {
    const entry = await this.#parts.kv.get(key);
    return entry?.operation === 'PUT' ? entry : undefined;
  }

  /** `false`: another program was faster. */
  async #stored(id: string, revision: number | undefined, next: StoredWebhook | undefined): Promise<boolean> {
    const { kv } = this.#parts;
    try {
      if (next === undefined) {
        if (revision === undefined) return true;
        await kv.delete(hookKey(id), { previousSeq: revision });
        await kv.delete(positionKey(id));
      } else if (revision === undefined) await kv.create(hookKey(id), JSON.stringify(next));
      else await kv.update(hookKey(id), JSON.stringify(next), revision);
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  async #answered<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await whileUp(this.#parts.nc, work);
    } catch (error) {
      throw natsError(error, 'NATS_UNREACHABLE', doing);
    }
  }
}

const byId = (a: StoredWebhook, b: StoredWebhook): number => (a.id < b.id ? -1 : Number(a.id > b.id));

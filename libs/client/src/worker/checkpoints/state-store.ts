import type { ObjectStore } from '@nats-io/obj';
import { Objm } from '@nats-io/obj';
import { AppError, backoffMs, messageOf, sleep, within } from '@precedent/kernel';
import { encode } from '../../json.ts';
import type { Link } from '../../link.ts';

const TRIES = 3;
const BACKOFF_MS = 200;
/** For one chunk of an object. */
const PUT_MS = 5_000;
/** For a whole object: a reader of the store waits for ever when its chunks are gone. */
const GET_MS = 30_000;

/** Keeps states that are too large for the journal in an object store of JetStream, which it makes when there is none. */
export class StateStore {
  readonly #link: Link;
  readonly #bucket: string;
  #store: Promise<ObjectStore> | undefined;

  constructor(link: Link, bucket: string) {
    this.#link = link;
    this.#bucket = bucket;
  }

  /** Resolves when it is stored, in the place of what had this name. Rejects with JOURNAL_UNAVAILABLE after three tries. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#try(`cannot store ${bytes.length} bytes as ${name}`, (store) =>
      store.putBlob({ name }, bytes, { timeout: PUT_MS }),
    );
  }

  /** `undefined` when there is none. Rejects with JOURNAL_CORRUPT when it was changed, else with JOURNAL_UNAVAILABLE. */
  async get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = await this.#try(`cannot read ${name}`, (store) =>
      within(store.getBlob(name), GET_MS, late),
    );
    return bytes === null ? undefined : new Uint8Array(bytes);
  }

  async #try<T>(fact: string, step: (store: ObjectStore) => Promise<T>): Promise<T> {
    for (let repeat = 0; ; repeat++) {
      try {
        return await step(await this.#open());
      } catch (cause) {
        const text = `the object store ${this.#bucket} ${fact}: ${messageOf(cause)}`;
        if (isCorruption(cause)) throw new AppError('JOURNAL_CORRUPT', text, { cause });
        if (repeat + 1 >= TRIES) throw new AppError('JOURNAL_UNAVAILABLE', text, { cause });
        await sleep(backoffMs(repeat, BACKOFF_MS, GET_MS));
      }
    }
  }

  #open(): Promise<ObjectStore> {
    const description = 'checkpoints too large for the journal';
    this.#store ??= new Objm(this.#link).create(this.#bucket, { description }).catch((error: unknown) => {
      this.#store = undefined;
      throw error;
    });
    return this.#store;
  }
}

const late = (): Error => new Error(`nothing came within ${GET_MS} ms`);

/** The client's own check of what it has read; there is only a text to know it by. */
const isCorruption = (error: unknown): boolean => messageOf(error).includes('corrupt object');

/** SHA-256 of a state's text, in hex. WebCrypto, as it is in browsers too. */
export const stateHash = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  Array.from(await webDigest(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** SHA-256 of a text, in base64url. */
export const webSha256 = async (text: string): Promise<string> => base64urlOf(await webDigest(encode(text)));

/** For a few bytes. */
export const base64urlOf = (bytes: Uint8Array): string =>
  btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const webDigest = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

import type { Problem } from '@precedent/kernel';
import { problemOf } from '@precedent/kernel';
import { encode } from '../../json.ts';
import { defer } from '../defer.ts';
import type { Attempt } from './attempt.ts';
import type { RetryingRequester } from '../retrying-requester.ts';

export interface ReportTerms {
  readonly session: string;
  readonly repeater: Pick<RetryingRequester, 'ask' | 'isHeld'>;
  /** The largest message that the server takes, in bytes. */
  readonly maxPayload: () => number;
  /** The engine has taken note of the end of this lease, or has refused it: nothing of it is left to do. */
  readonly taken: (lease: Attempt) => void;
}

interface Entry {
  readonly lease: Attempt;
  readonly text: string;
}

const SETTLED_MAX = 500;
const CHARS_MAX = 512 * 1024;
const IN_FLIGHT_MAX = 4;

/**
 * Reports of ended leases on their way to the engine: all of one turn of the event loop in one message, a few messages in
 * flight, each repeated until it is answered. The engine knows a report that it has had by id and epoch.
 */
export class Reporter {
  readonly #terms: ReportTerms;
  readonly #head: string;
  #waiting: Entry[] = [];
  #inFlight = 0;
  #deferred = false;

  constructor(terms: ReportTerms) {
    this.#terms = terms;
    this.#head = `{"kind":"report","session":"${terms.session}","settled":[`;
  }

  /** `text`: the settled report as JSON. */
  add(lease: Attempt, text: string): void {
    this.#waiting.push({ lease, text });
    this.#sendLater();
  }

  /** Goes on after the repeater was released. */
  resume(): void {
    this.#sendLater();
  }

  #sendLater(): void {
    if (this.#deferred || this.#waiting.length === 0) return;
    this.#deferred = true;
    defer(this.#send);
  }

  readonly #send = (): void => {
    this.#deferred = false;
    while (!this.#terms.repeater.isHeld && this.#inFlight < IN_FLIGHT_MAX && this.#waiting.length > 0) {
      const entries = takeParcel(this.#waiting, Math.min(CHARS_MAX, this.#terms.maxPayload() / 2));
      this.#waiting = this.#waiting.slice(entries.length);
      this.#inFlight++;
      void this.#deliver(entries).finally(() => {
        this.#inFlight--;
        this.#sendLater();
      });
    }
  };

  async #deliver(entries: readonly Entry[]): Promise<void> {
    const answered = await this.#terms.repeater.ask(this.#message(entries));
    if (answered?.kind === 'answer') this.#taken(entries);
    if (answered?.kind === 'refused') await this.#refused(entries, problemOf(answered.error));
  }

  #message(entries: readonly Entry[]): Uint8Array {
    let text = this.#head;
    for (let i = 0; i < entries.length; i++) text += i === 0 ? entries[i]?.text : `,${entries[i]?.text}`;
    return encode(`${text}]}`);
  }

  #taken(entries: readonly Entry[]): void {
    for (const { lease } of entries) this.#terms.taken(lease);
  }

  /** One bad report must not keep the others: each is sent alone, and the bad one as a failure that says so. */
  async #refused(entries: readonly Entry[], problem: Problem): Promise<void> {
    const [only] = entries;
    if (entries.length > 1) for (const entry of entries) await this.#deliver([entry]);
    else if (only && !only.text.includes(REFUSED))
      await this.#deliver([{ ...only, text: refusedText(only, problem) }]);
    else this.#taken(entries);
  }
}

const REFUSED =
  '"outcome":"failed","error":{"code":"HANDLER_FAILED","message":"the engine refused the report';

const refusedText = ({ lease }: Entry, { code, message }: Problem): string => {
  const text = JSON.stringify(`: ${code}: ${message}`).slice(1);
  return `{"id":"${lease.id}","epoch":${lease.epoch},${REFUSED}${text},"retryable":false}}`;
};

const takeParcel = (waiting: readonly Entry[], charsMax: number): Entry[] => {
  let chars = 0;
  let count = 0;
  for (const { text } of waiting) {
    chars += text.length;
    if (count > 0 && (chars > charsMax || count >= SETTLED_MAX)) break;
    count++;
  }
  return waiting.slice(0, count);
};

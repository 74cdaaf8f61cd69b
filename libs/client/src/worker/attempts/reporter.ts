import type { Problem } from '@precedent/kernel';
import { problemOf } from '@precedent/kernel';
import { encode } from '../../json.ts';
import { oncePerTurn } from '../once-per-turn.ts';
import type { RetryingRequester } from '../retrying-requester.ts';
import type { SessionChannel } from '../session-channel.ts';
import type { AttemptExit, ReportedLease } from './exit.ts';
import { settledJson } from './exit.ts';

interface Entry<L extends ReportedLease> {
  readonly lease: L;
  readonly text: string;
}

const SETTLED_MAX = 500;
const CHARS_MAX = 512 * 1024;
const IN_FLIGHT_MAX = 4;

/**
 * Reports the exits of attempts to the engine, and the starts of those that were assigned ahead: all of one turn of the event loop in one message, a few messages in flight, each repeated
 * until it is answered. The engine recognises a repeated report by id and epoch.
 */
export class Reporter<L extends ReportedLease> {
  readonly #channel: Pick<SessionChannel, 'maxPayload'>;
  readonly #requester: RetryingRequester;
  readonly #confirmed: (lease: L) => void;
  readonly #head: string;
  #waiting: Entry<L>[] = [];
  #started: L[] = [];
  #inFlight = 0;
  /** Sends what waits, as far as messages may be in flight. */
  readonly sendWaiting: () => void;

  /** `confirmed` is called when the engine has taken note of the end of a lease, or has refused it for good: nothing is left to do. */
  constructor(channel: SessionChannel, requester: RetryingRequester, confirmed: (lease: L) => void) {
    this.#channel = channel;
    this.#requester = requester;
    this.#confirmed = confirmed;
    this.#head = `{"kind":"report","session":"${channel.session}","settled":[`;
    this.sendWaiting = oncePerTurn(() => this.#send());
  }

  report(lease: L, exit: AttemptExit): void {
    this.#waiting.push({ lease, text: settledJson(lease, exit) });
    this.sendWaiting();
  }

  /** A lease that was assigned ahead has taken its slot. */
  started(lease: L): void {
    this.#started.push(lease);
    this.sendWaiting();
  }

  #send(): void {
    while (!this.#requester.isHeld && this.#inFlight < IN_FLIGHT_MAX && this.#hasWaiting) {
      const batch = firstBatch(this.#waiting, Math.min(CHARS_MAX, this.#channel.maxPayload / 2));
      const started = this.#started;
      this.#waiting = this.#waiting.slice(batch.length);
      this.#started = [];
      this.#inFlight++;
      void this.#deliver(batch, started).finally(() => {
        this.#inFlight--;
        this.sendWaiting();
      });
    }
  }

  get #hasWaiting(): boolean {
    return this.#waiting.length > 0 || this.#started.length > 0;
  }

  async #deliver(batch: readonly Entry<L>[], started: readonly L[] = []): Promise<void> {
    const reply = await this.#requester.request(this.#message(batch, started));
    if (reply?.kind === 'answer') this.#confirm(batch);
    if (reply?.kind === 'refused') await this.#refused(batch, problemOf(reply.error));
  }

  #message(batch: readonly Entry<L>[], started: readonly L[]): Uint8Array {
    let text = this.#head;
    for (let i = 0; i < batch.length; i++) text += i === 0 ? batch[i]?.text : `,${batch[i]?.text}`;
    if (started.length === 0) return encode(`${text}]}`);
    return encode(`${text}],"started":[${started.map(({ id, epoch }) => `["${id}",${epoch}]`).join()}]}`);
  }

  /** One bad report must not keep the others: each is sent alone, and the bad one as a failure that says so. */
  async #refused(batch: readonly Entry<L>[], problem: Problem): Promise<void> {
    const [only] = batch;
    if (batch.length > 1) for (const entry of batch) await this.#deliver([entry]);
    else if (only && !only.text.includes(REFUSED)) await this.#deliver([asRefused(only, problem)]);
    else this.#confirm(batch);
  }

  #confirm(batch: readonly Entry<L>[]): void {
    for (const { lease } of batch) this.#confirmed(lease);
  }
}

const REFUSED =
  '"outcome":"failed","error":{"code":"HANDLER_FAILED","message":"the engine refused the report';

const asRefused = <L extends ReportedLease>(entry: Entry<L>, { code, message }: Problem): Entry<L> => {
  const { id, epoch } = entry.lease;
  const text = JSON.stringify(`: ${code}: ${message}`).slice(1);
  return { ...entry, text: `{"id":"${id}","epoch":${epoch},${REFUSED}${text},"retryable":false}}` };
};

const firstBatch = <L extends ReportedLease>(waiting: readonly Entry<L>[], charsMax: number): Entry<L>[] => {
  let chars = 0;
  let count = 0;
  for (const { text } of waiting) {
    chars += text.length;
    if (count > 0 && (chars > charsMax || count >= SETTLED_MAX)) break;
    count++;
  }
  return waiting.slice(0, count);
};

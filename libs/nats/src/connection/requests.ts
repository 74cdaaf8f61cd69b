import { errors } from '@nats-io/nats-core';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { ChurnMap, onAbort, startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import { inboxOf } from './inbox.ts';
import { linkStateOf } from './link-state.ts';
import type { LinkState } from './link-state.ts';

interface Waiting {
  readonly subject: string;
  readonly timer: Timer;
  readonly stopListening: (() => void) | undefined;
  readonly resolve: (msg: Msg) => void;
  readonly reject: (error: Error) => void;
}

export interface RequestContent {
  readonly text: string;
  readonly headers?: MsgHdrs | undefined;
}

export interface SentRequest {
  readonly subject: string;
  /** Called when the request leaves, at the end of the turn. */
  readonly content: () => RequestContent;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Aborted when nothing waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Requests of a program that sends many at a time. All of one turn of the event loop are one write to the server: the client writes once for
 * each request that comes from another socket. The client also makes an error with its stack for each answer.
 */
export class Requests {
  readonly #nc: NatsConnection;
  readonly #link: LinkState;
  readonly #inbox: string;
  readonly #waiting = new ChurnMap<string, Waiting>();
  #unsent: (() => void)[] = [];
  #number = 0;

  /** Call it while the connection is up. */
  constructor(nc: NatsConnection) {
    this.#nc = nc;
    this.#link = linkStateOf(nc);
    this.#inbox = inboxOf(nc);
    nc.subscribe(`${this.#inbox}.*`, { callback: (error, msg) => void (error ?? this.#answered(msg)) });
    this.#link.onDown(() => this.#rejectAll());
  }

  /** Requests without an answer yet. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Rejects when no service listens or answers in time, and at once when the connection breaks or the signal is aborted, with its reason. */
  send(request: SentRequest): Promise<Msg> {
    const { subject, timeoutMs, signal } = request;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (!this.#link.isUp()) return Promise.reject(new Error('there is no connection'));
    const number = String(++this.#number);
    return new Promise((resolve, reject) => {
      const timer = startTimer(timeoutMs, () => this.#take(number)?.reject(new errors.TimeoutError()));
      const stopListening =
        signal && onAbort(signal, () => this.#take(number)?.reject(signal.reason as Error));
      this.#waiting.set(number, { subject, timer, stopListening, resolve, reject });
      if (this.#unsent.push(() => this.#publish(number, request)) === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const all = this.#unsent;
    this.#unsent = [];
    for (const publish of all) publish();
  }

  #publish(number: string, { subject, content }: SentRequest): void {
    if (!this.#waiting.has(number)) return;
    try {
      const { text, headers } = content();
      this.#nc.publish(subject, text, { reply: `${this.#inbox}.${number}`, ...(headers && { headers }) });
    } catch (error) {
      this.#take(number)?.reject(error as Error);
    }
  }

  #answered(msg: Msg): void {
    const waiting = this.#take(msg.subject.slice(this.#inbox.length + 1));
    if (waiting === undefined) return;
    const isUnheard = msg.data.length === 0 && msg.headers?.code === NO_RESPONDERS;
    if (isUnheard) waiting.reject(new errors.NoRespondersError(waiting.subject));
    else waiting.resolve(msg);
  }

  #take(number: string): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(number);
    waiting.timer.cancel();
    waiting.stopListening?.();
    return waiting;
  }

  #rejectAll(): void {
    for (const number of this.#waiting.keys()) this.#take(number)?.reject(new Error('the connection broke'));
  }
}

const NO_RESPONDERS = 503;

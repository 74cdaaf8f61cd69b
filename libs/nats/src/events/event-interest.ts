import { createInbox } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';

/** What to do with one event: publish it, publish it and learn whether anybody listens, or leave it out. */
export type Interest = 'send' | { readonly ask: string } | 'skip';

/** Events of a window up to which it is calm: all are sent then, listened to or not, also in the next one. */
const CALM_EVENTS = 200;
const WINDOW_MS = 100;
const SUBJECTS_MAX = 10_000;

interface Known {
  readonly inbox: string;
  askedAt: number;
  /** The server said that nobody listens; believed until then. */
  unheardUntil: number;
}

/**
 * Tells which events nobody listens to. Publishing them takes a third of a busy engine's time, so above 2,000 events a second
 * one event of each subject and window carries a reply subject: where nobody listens, the server answers so, and the rest of
 * the window is left out. Whoever begins to listen during such a load hears events 100 ms later; in calm times, at once.
 */
export class EventInterest {
  readonly #inbox = createInbox();
  readonly #known = new Map<string, Known>();
  readonly #asked: Known[] = [];
  #windowAt = 0;
  #events = 0;
  #isBusy = false;

  constructor(nc: NatsConnection) {
    nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, msg) => {
        if (error === null && msg.headers?.code === 503) this.#unheard(msg.subject);
      },
    });
  }

  /** `now` in milliseconds of any clock that does not step back. */
  of(subject: string, now: number): Interest {
    if (now - this.#windowAt > WINDOW_MS) this.#open(now);
    if (++this.#events <= CALM_EVENTS && !this.#isBusy) return 'send';
    const known = this.#known.get(subject) ?? this.#learn(subject);
    if (now < known.unheardUntil) return 'skip';
    if (now - known.askedAt < WINDOW_MS) return 'send';
    known.askedAt = now;
    return { ask: known.inbox };
  }

  #open(now: number): void {
    this.#isBusy = this.#events > CALM_EVENTS && now - this.#windowAt < 2 * WINDOW_MS;
    [this.#windowAt, this.#events] = [now, 0];
  }

  #learn(subject: string): Known {
    if (this.#known.size >= SUBJECTS_MAX) {
      this.#known.clear();
      this.#asked.length = 0;
    }
    const known = { inbox: `${this.#inbox}.${this.#asked.length}`, askedAt: -WINDOW_MS, unheardUntil: 0 };
    this.#known.set(subject, known);
    this.#asked.push(known);
    return known;
  }

  #unheard(inbox: string): void {
    const known = this.#asked[Number(inbox.slice(this.#inbox.length + 1))];
    if (known) known.unheardUntil = known.askedAt + WINDOW_MS;
  }
}

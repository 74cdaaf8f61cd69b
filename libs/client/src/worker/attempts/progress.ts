import { LIMITS } from '@precedent/contracts';
import { cutText, startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import type { SessionChannel } from '../session-channel.ts';
import type { LeaseKey } from './attempt-table.ts';

const EVERY_MS = 100;

interface Latest {
  sentAt: number;
  /** The last one, while it is not sent. */
  unsent: { readonly fraction: number; readonly message: string | undefined } | undefined;
}

/** Sends progress at most every 100 ms for each attempt, the last one in any case. One timer serves all of them. */
export class ProgressThrottle {
  readonly #channel: Pick<SessionChannel, 'session' | 'publish'>;
  readonly #now: () => number;
  readonly #latest = new Map<LeaseKey, Latest>();
  #timer: Timer | undefined;

  constructor(
    channel: Pick<SessionChannel, 'session' | 'publish'>,
    now: () => number = () => performance.now(),
  ) {
    this.#channel = channel;
    this.#now = now;
  }

  /** A fraction that is no number is ignored; one outside of 0 to 1 is drawn to the nearer end. */
  report(lease: LeaseKey, fraction: number, message?: string): void {
    if (!Number.isFinite(fraction)) return;
    const latest = this.#latest.get(lease) ?? { sentAt: Number.NEGATIVE_INFINITY, unsent: undefined };
    this.#latest.set(lease, latest);
    latest.unsent = {
      fraction: Math.min(1, Math.max(0, fraction)),
      message: message === undefined ? undefined : cutText(message, LIMITS.progressChars),
    };
    if (this.#now() - latest.sentAt >= EVERY_MS) this.#send(lease, latest);
    else this.#timer ??= startTimer(EVERY_MS, () => this.#sendDue());
  }

  /** Before the end of the lease is reported. */
  finish(lease: LeaseKey): void {
    const latest = this.#latest.get(lease);
    if (!latest) return;
    this.#send(lease, latest);
    this.#latest.delete(lease);
  }

  close(): void {
    this.#timer?.cancel();
    this.#latest.clear();
  }

  #sendDue(): void {
    this.#timer = undefined;
    for (const [lease, latest] of this.#latest) this.#send(lease, latest);
  }

  #send({ id, epoch }: LeaseKey, latest: Latest): void {
    if (!latest.unsent) return;
    const { fraction, message } = latest.unsent;
    latest.unsent = undefined;
    latest.sentAt = this.#now();
    const { session } = this.#channel;
    this.#channel.publish({
      kind: 'progress',
      session,
      id,
      epoch,
      fraction,
      ...(message !== undefined && { message }),
    });
  }
}

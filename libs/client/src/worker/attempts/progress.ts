import { cutText } from '@precedent/kernel';
import type { WorkerMessage } from '@precedent/contracts';
import type { Attempt } from './attempt.ts';

const EVERY_MS = 100;
const MESSAGE_CHARS = 500;

interface Standing {
  sentAt: number;
  /** The last one not sent yet. */
  held: { readonly fraction: number; readonly message: string | undefined } | undefined;
}

/** Sends progress at most every 100 ms for each task, the last one in any case. One timer serves all tasks. */
export class ProgressThrottle {
  readonly #session: string;
  readonly #tell: (message: WorkerMessage) => void;
  readonly #now: () => number;
  readonly #standings = new Map<Attempt, Standing>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    session: string,
    tell: (message: WorkerMessage) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#session = session;
    this.#tell = tell;
    this.#now = now;
  }

  /** A fraction that is no number is ignored; one outside of 0 to 1 is drawn to the nearer end. */
  report(lease: Attempt, fraction: number, message?: string): void {
    if (!Number.isFinite(fraction)) return;
    const standing = this.#standings.get(lease) ?? { sentAt: Number.NEGATIVE_INFINITY, held: undefined };
    this.#standings.set(lease, standing);
    standing.held = {
      fraction: Math.min(1, Math.max(0, fraction)),
      message: message === undefined ? undefined : cutText(message, MESSAGE_CHARS),
    };
    if (this.#now() - standing.sentAt >= EVERY_MS) this.#send(lease, standing);
    else this.#timer ??= setTimeout(() => this.#sendDue(), EVERY_MS);
  }

  /** Before the lease is reported as ended. */
  finish(lease: Attempt): void {
    const standing = this.#standings.get(lease);
    if (!standing) return;
    this.#send(lease, standing);
    this.#standings.delete(lease);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#standings.clear();
  }

  #sendDue(): void {
    this.#timer = undefined;
    for (const [lease, standing] of this.#standings) this.#send(lease, standing);
  }

  #send({ id, epoch }: Attempt, standing: Standing): void {
    if (!standing.held) return;
    const { fraction, message } = standing.held;
    standing.held = undefined;
    standing.sentAt = this.#now();
    const session = this.#session;
    this.#tell({ kind: 'progress', session, id, epoch, fraction, ...(message !== undefined && { message }) });
  }
}

import type { CheckpointOptions, JobContext, ResumePoint, Suspendable } from '../handler.ts';
import type { Attempt } from './attempt.ts';
import type { LogStream } from './attempt-log.ts';

/** What a running handler can reach of its session. */
export interface ContextServices {
  readonly progress: (lease: Attempt, fraction: number, message?: string) => void;
  readonly log: (lease: Attempt, stream: LogStream, text: string) => void;
  readonly checkpoint: (lease: Attempt, state: unknown, options?: CheckpointOptions) => Promise<void>;
  readonly onRollback: (lease: Attempt, name: string, payload: unknown) => Promise<void>;
  readonly atomic: <T>(lease: Attempt, fn: () => Promise<T> | T, maxMs: number) => Promise<T>;
  readonly suspendable: (lease: Attempt, control: Suspendable) => void;
}

const accessor = (read: (context: AttemptContext) => AbortSignal): PropertyDescriptor => ({
  enumerable: true,
  get(this: AttemptContext) {
    return read(this);
  },
});

/** The context of one attempt. After the attempt has ended its functions do nothing, or reject with STALE_EPOCH. */
export class AttemptContext implements JobContext {
  declare readonly signal: AbortSignal;
  declare readonly yieldSignal: AbortSignal;
  readonly resume: ResumePoint | undefined;
  readonly progress: JobContext['progress'];
  readonly heartbeat: JobContext['heartbeat'];
  readonly log: JobContext['log'];
  readonly checkpoint: JobContext['checkpoint'];
  readonly yieldRequested: JobContext['yieldRequested'];
  readonly yieldIfRequested: JobContext['yieldIfRequested'];
  readonly atomic: JobContext['atomic'];
  readonly onRollback: JobContext['onRollback'];
  readonly idempotencyKey: JobContext['idempotencyKey'];
  readonly suspendable: JobContext['suspendable'];
  readonly #lease: Attempt;

  constructor(lease: Attempt, services: ContextServices, resume: ResumePoint | undefined) {
    this.#lease = lease;
    this.resume = resume;
    this.progress = (fraction, message) => {
      if (!lease.running) return;
      lease.sign();
      services.progress(lease, fraction, message);
    };
    this.heartbeat = () => lease.sign();
    this.log = (stream, text) => {
      if (!lease.running) return;
      lease.sign();
      services.log(lease, stream, text);
    };
    this.checkpoint = (state, options) => forgivable(services.checkpoint(lease, state, options));
    this.yieldRequested = () => lease.yieldAsked !== undefined;
    this.yieldIfRequested = () => lease.yieldIfAsked();
    this.atomic = (fn, { maxMs }) => services.atomic(lease, fn, maxMs);
    this.onRollback = (name, payload) => forgivable(services.onRollback(lease, name, payload));
    this.idempotencyKey = (step) => `${lease.id}/${step}`;
    this.suspendable = (control) => services.suspendable(lease, control);
    Object.defineProperty(this, 'signal', AttemptContext.#signal);
    Object.defineProperty(this, 'yieldSignal', AttemptContext.#yieldSignal);
  }

  // Both signals are made when first asked for. Accessors that all contexts share are as good as own ones, `{...context}`
  // included, and save half a microsecond for each task.
  static readonly #signal = accessor((context) => context.#lease.signal);
  static readonly #yieldSignal = accessor((context) => context.#lease.yieldSignal);
}

/** An `await` that was forgotten must not end the process, which runs other tasks too. */
const forgivable = (kept: Promise<void>): Promise<void> => {
  kept.catch(() => undefined);
  return kept;
};

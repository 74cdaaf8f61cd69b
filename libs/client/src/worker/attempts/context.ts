import type { BulkPiece, BulkPieceReply } from '@precedent/contract-types';
import type { JobContext, ResumePoint } from '../handler.ts';
import type { ActiveAttempt } from './attempt.ts';
import type { InterruptibleContext, InterruptionListener } from './interruption.ts';
import type { ProgressThrottle } from './progress.ts';
import type { SuspendController } from './suspend-controller.ts';

/** What the attempts of one session share. */
export interface ContextServices {
  readonly progress: ProgressThrottle;
  readonly suspender: SuspendController;
}

const accessor = (read: (context: AttemptContext) => AbortSignal): PropertyDescriptor => ({
  enumerable: true,
  get(this: AttemptContext) {
    return read(this);
  },
});

/** The context of one attempt. After the attempt has ended its functions do nothing, or reject with STALE_EPOCH. */
export class AttemptContext implements InterruptibleContext {
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
  readonly #attempt: ActiveAttempt;

  constructor(
    attempt: ActiveAttempt,
    { progress, suspender }: ContextServices,
    resume: ResumePoint | undefined,
  ) {
    this.#attempt = attempt;
    this.resume = resume;
    this.progress = (fraction, message) => {
      if (!attempt.isRunning) return;
      attempt.heartbeat();
      progress.report(attempt, fraction, message);
    };
    this.heartbeat = () => attempt.heartbeat();
    this.log = (stream, text) => {
      if (!attempt.isRunning) return;
      attempt.heartbeat();
      attempt.log(stream, text);
    };
    this.checkpoint = (state, options) => forgivable(attempt.checkpoint(state, options));
    this.yieldRequested = () => attempt.interruption.yieldRequest !== undefined;
    this.yieldIfRequested = () => attempt.interruption.yieldIfRequested();
    this.atomic = (fn, { maxMs }) => attempt.atomic(fn, maxMs);
    this.onRollback = (name, payload) => forgivable(attempt.onRollback(name, payload));
    this.idempotencyKey = (step) => `${attempt.keys}/${step}`;
    this.suspendable = (control) => suspender.register(attempt, control);
    Object.defineProperty(this, 'signal', AttemptContext.#signal);
    Object.defineProperty(this, 'yieldSignal', AttemptContext.#yieldSignal);
  }

  /** For what runs the code elsewhere. Not part of what handlers see: a copy of the context lacks it. */
  listen(listener: InterruptionListener): void {
    this.#attempt.interruption.listen(listener);
  }

  /** For the workers of a cell. Not part of what handlers see either. */
  actOn(piece: BulkPiece): Promise<BulkPieceReply> {
    return this.#attempt.actOn(piece);
  }

  // Both signals are made when they are first read. Accessors that all contexts share are as good as own ones, `{...context}` included,
  // and save half a microsecond for each task.
  static readonly #signal = accessor((context) => context.#attempt.interruption.signal);
  static readonly #yieldSignal = accessor((context) => context.#attempt.interruption.yieldSignal);
}

/** An `await` that was forgotten must not end the process, which runs other tasks too. */
const forgivable = (step: Promise<void>): Promise<void> => {
  step.catch(() => undefined);
  return step;
};

import { messageOf } from '@precedent/kernel';
import type { Job } from '@precedent/contract-types';
import { toJsonText } from '../../json.ts';
import { Interruption } from '../attempts/interruption.ts';
import type { AtomicOptions, CheckpointOptions, JobContext, ResumePoint, Suspendable } from '../handler.ts';
import { GuestCalls } from './guest-calls.ts';
import type { GuestPort } from './guest-port.ts';
import { GuestSigns } from './guest-signs.ts';
import type { GuestNote } from './protocol.ts';

export interface GuestRun {
  readonly run: number;
  readonly job: Job;
  readonly resume: ResumePoint | undefined;
  /** What one attempt may keep of its log; the host cuts exactly. */
  readonly logBytes: number;
}

const ignore = (): void => undefined;

const accessor = (read: (context: GuestContext) => AbortSignal): PropertyDescriptor => ({
  enumerable: true,
  get(this: GuestContext) {
    return read(this);
  },
});

/** The context of a handler in a guest: the same as that of any other, by messages. Each member may be used alone. */
export class GuestContext implements JobContext {
  declare readonly signal: AbortSignal;
  declare readonly yieldSignal: AbortSignal;
  readonly run: number;
  readonly resume: ResumePoint | undefined;
  readonly interruption = new Interruption();
  readonly calls: GuestCalls;
  readonly #port: GuestPort;
  readonly #signs: GuestSigns;
  readonly #job: Job;
  #logLeft: number;
  #sections = 0;
  #control: Suspendable | undefined;
  #isOver = false;

  constructor(port: GuestPort, { run, job, resume, logBytes }: GuestRun) {
    this.run = run;
    this.resume = resume;
    this.calls = new GuestCalls(port, run);
    this.#port = port;
    this.#job = job;
    this.#logLeft = logBytes;
    this.#signs = new GuestSigns((note) => this.#note(note));
    Object.defineProperty(this, 'signal', GuestContext.#signal);
    Object.defineProperty(this, 'yieldSignal', GuestContext.#yieldSignal);
  }

  static readonly #signal = accessor((context) => context.interruption.signal);
  static readonly #yieldSignal = accessor((context) => context.interruption.yieldSignal);

  readonly progress: JobContext['progress'] = (fraction, message) =>
    this.#signs.send({ name: 'progress', fraction, ...(message !== undefined && { message }) });

  readonly heartbeat: JobContext['heartbeat'] = () => this.#signs.send({ name: 'heartbeat' });

  readonly log: JobContext['log'] = (stream, text) => {
    // One character is at least one byte, so the host has enough to say that the rest was dropped.
    if (this.#logLeft < 0) return;
    this.#logLeft -= text.length;
    this.#note({ name: 'log', stream, text });
  };

  readonly checkpoint: JobContext['checkpoint'] = (state, options) =>
    forgivable(this.#checkpoint(state, options));

  readonly onRollback: JobContext['onRollback'] = (name, payload) =>
    forgivable(this.#onRollback(name, payload));

  readonly yieldRequested: JobContext['yieldRequested'] = () => {
    this.#port.poll();
    return this.interruption.yieldRequest !== undefined;
  };

  readonly yieldIfRequested: JobContext['yieldIfRequested'] = () => {
    this.#port.poll();
    this.interruption.yieldIfRequested();
  };

  readonly atomic: JobContext['atomic'] = (fn, options) => this.#atomic(fn, options);

  readonly idempotencyKey: JobContext['idempotencyKey'] = (step) =>
    `${this.#job.task.redriveOf?.keys ?? this.#job.id}/${step}`;

  readonly suspendable: JobContext['suspendable'] = (control) => {
    this.#control = control;
    this.#note({ name: 'suspendable' });
  };

  /** The handler has ended. */
  close(): void {
    this.#signs.flush();
    this.calls.close();
    this.#isOver = true;
  }

  /** Answers whether what the handler runs is frozen. */
  async suspend(): Promise<void> {
    const isFrozen = await this.#freeze();
    this.#port.post({ kind: 'suspended', run: this.run, isFrozen });
  }

  /** Resumes what was frozen. */
  thaw(): void {
    try {
      this.#control?.resume();
    } catch (error) {
      this.log('log', `resume failed: ${messageOf(error)}`);
    }
  }

  async #freeze(): Promise<boolean> {
    try {
      return this.#control !== undefined && (await this.#control.suspend()) !== false;
    } catch (error) {
      this.log('log', `suspend failed: ${messageOf(error)}`);
      return false;
    }
  }

  /** The safe point is here, where the requests are: those that the host sent before its answer have come. */
  async #checkpoint(state: unknown, { thenYield = true, ...options }: CheckpointOptions = {}): Promise<void> {
    const text = toJsonText(state, 'state') ?? 'null';
    await this.calls.call({ name: 'checkpoint', state: text, options });
    if (thenYield) this.interruption.yieldIfRequested();
  }

  async #onRollback(action: string, payload: unknown): Promise<void> {
    const text = payload === undefined ? undefined : toJsonText(payload, 'payload of the rollback action');
    await this.calls.call({ name: 'onRollback', action, ...(text !== undefined && { payload: text }) });
  }

  /** The host opens the section before the code starts: from here it holds stops back. */
  async #atomic<T>(fn: () => Promise<T> | T, { maxMs }: AtomicOptions): Promise<T> {
    const section = ++this.#sections;
    await this.calls.call({ name: 'open', section, maxMs });
    try {
      return await this.interruption.atomic(fn, maxMs, ignore);
    } finally {
      await this.calls.call({ name: 'close', section });
    }
  }

  #note(note: GuestNote): void {
    if (!this.#isOver) this.#port.post({ kind: 'note', run: this.run, ...note });
  }
}

/** An `await` that was forgotten must not end the guest. */
const forgivable = (step: Promise<void>): Promise<void> => {
  step.catch(ignore);
  return step;
};

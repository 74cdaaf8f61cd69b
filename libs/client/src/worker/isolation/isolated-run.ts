import { AppError, errorOf, startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import type { InterruptibleContext } from '../attempts/interruption.ts';
import type { Job, StopRequest } from '../handler.ts';
import { crashError } from './crash.ts';
import type { CrashReport } from './crash.ts';
import type { GuestPool } from './guest-pool.ts';
import { HostCalls } from './host-calls.ts';
import type { PooledGuest } from './pooled-guest.ts';
import type { GuestMessage } from './protocol.ts';
import { unpackThrown } from './thrown-value.ts';

type Returned = Extract<GuestMessage, { kind: 'returned' }>;

/**
 * One attempt in a guest. Settles as the handler does; when the guest ends before, with HANDLER_CRASHED; and when the handler has not left
 * by the deadline of a stop, as soon as it is terminated.
 */
export const runIsolated = (pool: GuestPool, job: Job, context: InterruptibleContext): Promise<unknown> =>
  new Promise((resolve, reject) => {
    new IsolatedRun(pool, job, context, { resolve, reject });
  });

interface Settle {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

class IsolatedRun {
  readonly #pool: GuestPool;
  readonly #context: InterruptibleContext;
  readonly #settle: Settle;
  readonly #guest: PooledGuest;
  readonly #run: number;
  readonly #calls: HostCalls;
  #deadline = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(pool: GuestPool, job: Job, context: InterruptibleContext, settle: Settle) {
    this.#pool = pool;
    this.#context = context;
    this.#settle = settle;
    this.#guest = pool.acquire();
    this.#run = this.#guest.begin({
      received: (message) => this.#received(message),
      crashed: (report) => this.#crashed(report),
    });
    this.#calls = new HostCalls(context, this.#run, (message) => this.#guest.post(message));
    this.#guest.loaded.catch((error: unknown) => this.#unloadable(error));
    const { resume } = context;
    this.#guest.post({ kind: 'start', run: this.#run, job: jobOf(job), ...(resume && { resume }) });
    context.listen({
      stopped: (request) => this.#stop(request),
      yieldRequested: (request) => this.#guest.post({ kind: 'yield', run: this.#run, request }),
    });
  }

  #received(message: GuestMessage): void {
    if (!('run' in message) || message.run !== this.#run) return;
    switch (message.kind) {
      case 'call':
        return void this.#calls.answer(message);
      case 'note':
        return this.#calls.note(message);
      case 'suspended':
        return this.#calls.suspended(message.isFrozen);
      case 'returned':
        return this.#returned(message);
      case 'threw':
        return this.#end(() => this.#settle.reject(unpackThrown(message.error)));
    }
  }

  #returned({ result, problem }: Returned): void {
    this.#end(() => {
      if (problem) this.#settle.reject(Object.assign(errorOf(problem), { retryable: false }));
      else this.#settle.resolve(result === undefined ? undefined : JSON.parse(result));
    });
  }

  /** The earliest deadline counts: a later request does not prolong it. */
  #stop(request: StopRequest): void {
    if (this.#isOver) return;
    this.#guest.post({ kind: 'stop', run: this.#run, request });
    const deadline = performance.now() + request.graceMs;
    if (deadline >= this.#deadline) return;
    this.#deadline = deadline;
    this.#timer?.cancel();
    this.#timer = startTimer(request.graceMs, () => void this.#terminate(request));
  }

  async #terminate({ reason, graceMs }: StopRequest): Promise<void> {
    if (!this.#close()) return;
    const { kind } = this.#pool.handler;
    const isEnded = await this.#pool.terminate(this.#guest);
    const rest = isEnded ? '' : ', and has not ended yet: native code cannot be interrupted';
    const fact = `the handler had not left ${graceMs} ms after its stop (${reason}): its ${kind} was terminated${rest}`;
    this.#context.log('log', fact);
    // As a command that had to be killed is reported.
    const details = { signal: 'SIGKILL', isolation: kind };
    this.#settle.reject(new AppError('CANCELLED', fact, { details }));
  }

  #crashed(report: CrashReport): void {
    if (!this.#close()) return;
    this.#pool.replace();
    const error = crashError(report, this.#pool.handler);
    this.#context.log('log', error.message);
    this.#settle.reject(error);
  }

  #unloadable(error: unknown): void {
    if (!this.#close()) return;
    void this.#pool.terminate(this.#guest);
    this.#settle.reject(error);
  }

  /** The handler has ended by itself. */
  #end(settle: () => void): void {
    if (!this.#close()) return;
    this.#pool.release(this.#guest);
    settle();
  }

  /** Returns whether the run was still open. */
  #close(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#calls.close();
    return true;
  }
}

/** Without the checkpoint that it goes on from: the context has that. */
const jobOf = (job: Job): Job => {
  if (!('resume' in job)) return job;
  const { resume: _, ...rest } = job;
  return rest;
};

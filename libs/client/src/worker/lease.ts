import type { Assignment } from '@precedent/contracts';
import type { LogSink } from './log-sink.ts';
import type { StopRequest } from './options.ts';

/** The right to run one attempt of one task, from its assignment until the engine has taken note of its end. */
export class Lease {
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly graceMs: number;
  /** Milliseconds between signs of life of the handler; 0: none asked. */
  readonly heartbeatMs: number;
  /** Whether its handler still runs. Afterwards only the report is outstanding. */
  running = false;
  /** A moment of `performance.now()`; kept only where signs of life are asked. */
  lastSignAt = 0;
  log: LogSink | undefined;
  #stop: StopRequest | undefined;
  #controller: AbortController | undefined;

  constructor({ id, epoch, attempt, graceMs, heartbeatMs }: Assignment) {
    this.id = id;
    this.epoch = epoch;
    this.attempt = attempt;
    this.graceMs = graceMs;
    this.heartbeatMs = heartbeatMs;
    if (heartbeatMs > 0) this.lastSignAt = performance.now();
  }

  /** Why the code was told to stop, if it was. */
  get stopped(): StopRequest | undefined {
    return this.#stop;
  }

  /** Made when first asked for: most handlers never look at it, and it is the dearest part of a context. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#stop && !this.#controller.signal.aborted) this.#controller.abort(this.#stop);
    return this.#controller.signal;
  }

  /** A lost lease stays lost: whatever the code returns is nobody's result. Of other reasons the last one counts. */
  stop(request: StopRequest): void {
    if (this.#stop?.reason === 'lease_lost') return;
    this.#stop = request;
    if (this.#controller?.signal.aborted === false) this.#controller.abort(request);
  }

  sign(): void {
    if (this.heartbeatMs > 0) this.lastSignAt = performance.now();
  }
}

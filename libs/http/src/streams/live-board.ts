import type { CountsReply, CountsRequest, ListReply, ListRequest } from '@precedent/contract-types';
import { WaitingReaders, isAppError, sleep } from '@precedent/kernel';
import type { CallingPrincipal, OperationCalls } from '@precedent/ports';
import { changeFrame, fullFrame, liveViewOf } from './live-frame.ts';
import { windowTasks } from './live-window.ts';
import type { LiveWindow } from './live-window.ts';
import type { LiveView } from './live-frame.ts';

export interface LiveBoardOptions {
  readonly calls: OperationCalls;
  readonly caller: CallingPrincipal | undefined;
  readonly counts: CountsRequest;
  readonly tasks: ListRequest & { readonly limit: number };
  /** Absent: in the order of the engine. */
  readonly window?: LiveWindow | undefined;
  /** Between two views. Milliseconds. */
  readonly intervalMs: number;
}

/** The engine spends at most this part of the time on the views of one board. */
const SHARE = 10;
const ANSWER_MS = 5_000;

/** The view of one window of one caller, read once for all its viewers, and only while there are some. */
export class LiveBoard {
  readonly #options: LiveBoardOptions;
  readonly #waiting = new WaitingReaders();
  #viewers = 0;
  #isReading = false;
  #version = 0;
  #view: LiveView | undefined;
  #full = '';
  #change = '';
  #refusal: unknown;

  constructor(options: LiveBoardOptions) {
    this.#options = options;
  }

  get isWatched(): boolean {
    return this.#viewers > 0;
  }

  /** The whole view first, then its changes. A viewer that has missed one gets the whole again. Throws what the services refuse. */
  async *frames(signal: AbortSignal): AsyncGenerator<string> {
    this.#viewers++;
    void this.#read();
    let seen = 0;
    try {
      while (!signal.aborted) {
        if (this.#refusal !== undefined) throw this.#refusal;
        if (seen !== this.#version) {
          const frame = seen > 0 && seen === this.#version - 1 ? this.#change : this.#full;
          seen = this.#version;
          yield frame;
        } else await this.#waiting.next(signal);
      }
    } finally {
      this.#viewers--;
    }
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#viewers > 0 && this.#refusal === undefined) {
      const begunAt = performance.now();
      await this.#step();
      const tookMs = performance.now() - begunAt;
      await sleep(Math.max(this.#options.intervalMs - tookMs, tookMs / SHARE));
    }
    this.#isReading = false;
    [this.#view, this.#version] = [undefined, 0];
  }

  async #step(): Promise<void> {
    try {
      const { counts, tasks, window } = this.#options;
      const list = (request: ListRequest) => this.#call('list', request) as Promise<ListReply>;
      const shown = windowTasks(list, tasks, window);
      const [numbers, rows] = await Promise.all([this.#call('counts', counts), shown]);
      this.#show(liveViewOf(numbers as CountsReply, rows));
    } catch (error) {
      // Without an engine the view stays as it is, where there is one.
      const isRefused = isAppError(error) && REFUSALS.has(error.code);
      if (isRefused || this.#view === undefined) this.#end(error);
    }
  }

  #end(error: unknown): void {
    this.#refusal = error;
    this.#waiting.wake();
  }

  #call(verb: string, request: object): Promise<unknown> {
    const { calls, caller } = this.#options;
    return calls.call({ group: 'task', verb, request, caller, timeoutMs: ANSWER_MS });
  }

  #show(view: LiveView): void {
    const change = this.#view === undefined ? '' : changeFrame(this.#view, view);
    if (change === undefined) return;
    this.#view = view;
    this.#full = fullFrame(view);
    this.#change = change === '' ? this.#full : change;
    this.#version++;
    this.#waiting.wake();
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'INVALID_REQUEST']);

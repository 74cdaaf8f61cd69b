import type { JobContext } from '../handler.ts';
import { deferred } from './deferred.ts';
import type { GuestCall, GuestMessage, GuestNote, HostMessage } from './protocol.ts';
import { packThrown } from './thrown-value.ts';

type Call = Extract<GuestMessage, { kind: 'call' }>;

/** Carries out, with the real context of an attempt, what its handler requests from a guest. */
export class HostCalls {
  readonly #context: JobContext;
  readonly #run: number;
  readonly #post: (message: HostMessage) => void;
  /** The ends of the open atomic sections. */
  readonly #sections = new Map<number, () => Promise<void>>();
  #frozen: ((isFrozen: boolean) => void) | undefined;
  #isClosed = false;

  constructor(context: JobContext, run: number, post: (message: HostMessage) => void) {
    this.#context = context;
    this.#run = run;
    this.#post = post;
  }

  async answer(message: Call): Promise<void> {
    const { call } = message;
    try {
      await this.#carryOut(message);
      this.#reply({ kind: 'answer', run: this.#run, call });
    } catch (error) {
      this.#reply({ kind: 'answer', run: this.#run, call, error: packThrown(error) });
    }
  }

  note(note: GuestNote): void {
    switch (note.name) {
      case 'progress':
        return this.#context.progress(note.fraction, note.message);
      case 'heartbeat':
        return this.#context.heartbeat();
      case 'log':
        return this.#context.log(note.stream, note.text);
      case 'suspendable':
        return this.#context.suspendable({
          suspend: () => this.#suspend(),
          resume: () => this.#reply({ kind: 'resume', run: this.#run }),
        });
    }
  }

  /** The guest has answered the request to freeze. */
  suspended(isFrozen: boolean): void {
    this.#frozen?.(isFrozen);
    this.#frozen = undefined;
  }

  /** The run is over: nothing waits for its guest any more. */
  close(): void {
    this.#isClosed = true;
    this.suspended(false);
    for (const end of this.#sections.values()) void end();
  }

  #carryOut(request: GuestCall): Promise<void> {
    switch (request.name) {
      case 'checkpoint':
        // The guest has the safe point.
        return this.#context.checkpoint(JSON.parse(request.state), { ...request.options, thenYield: false });
      case 'onRollback':
        return this.#context.onRollback(request.action, valueOf(request.payload));
      case 'open':
        return this.#openSection(request.section, request.maxMs);
      case 'close':
        return this.#sections.get(request.section)?.() ?? Promise.resolve();
    }
  }

  /** Resolves when the section holds stops back. Rejects with INVALID_REQUEST for a time out of bounds. */
  #openSection(section: number, maxMs: number): Promise<void> {
    const ended = deferred();
    return new Promise((resolve, reject) => {
      const whole = this.#context.atomic(
        () => {
          this.#sections.set(section, () => (ended.resolve(), whole));
          resolve();
          return ended.promise;
        },
        { maxMs },
      );
      whole.then(() => this.#sections.delete(section), reject);
    });
  }

  #suspend(): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    this.suspended(false);
    return new Promise((resolve) => {
      this.#frozen = resolve;
      this.#reply({ kind: 'suspend', run: this.#run });
    });
  }

  #reply(message: HostMessage): void {
    if (!this.#isClosed) this.#post(message);
  }
}

const valueOf = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

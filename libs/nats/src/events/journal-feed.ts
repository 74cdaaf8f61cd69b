import { isInScope } from '@precedent/access';
import type { AccessScope, HistoryFeedReply, JournalledEvent } from '@precedent/contract-types';
import { WaitingReaders, isAppError, sleep } from '@precedent/kernel';
import { isWanted } from '@precedent/ports';
import type {
  CallingPrincipal,
  OperationCalls,
  StreamedEvent,
  TaskEvents,
  TaskEventsRequest,
} from '@precedent/ports';
import { EventWindow } from './event-window.ts';
import type { WindowLimits } from './event-window.ts';

export interface JournalFeedOptions {
  readonly calls: OperationCalls;
  /** What a caller may read now. Throws UNAUTHENTICATED or FORBIDDEN. */
  readonly scopeOf: (caller: CallingPrincipal | undefined, project: string | undefined) => AccessScope;
  readonly limits?: WindowLimits;
  /** Called when a stream states a gap. */
  readonly onGap?: () => void;
}

const LIMITS: WindowLimits = { events: 20_000, chars: 32 * 1024 * 1024 };
/** Events in a page. */
const PAGE = 1_000;
const WAIT_MS = 5_000;
const ANSWER_MS = 10_000;
/** How often a reader for which nothing comes is checked. Milliseconds. */
const CHECK_MS = 500;
const RETRY_MS = 500;
/** Between two positions of a stream. Milliseconds. */
const POSITION_MS = 5_000;

/**
 * Events of tasks, read from the history. One reader follows it for all streams, as long as there is one, and has the latest events in
 * a window; a stream that is further behind reads pages of its own until it has come there. No stream has a buffer.
 */
export class JournalFeed implements TaskEvents {
  readonly #options: JournalFeedOptions;
  readonly #waiting = new WaitingReaders();
  #window: EventWindow | undefined;
  #streams = 0;
  #isFollowing = false;

  constructor(options: JournalFeedOptions) {
    this.#options = options;
  }

  async *events(request: TaskEventsRequest): AsyncGenerator<StreamedEvent> {
    const { signal, filter, caller } = request;
    // The first page is read for the caller: the history checks the request, and the audit trail has its refusal.
    let page: Page | undefined = await this.#pageFor(request, request.after);
    let at = page.last;
    this.#streams++;
    void this.#follow(at);
    let positionAt = performance.now();
    try {
      yield { kind: 'position', at: request.after ?? at };
      while (!signal.aborted) {
        if (page?.gapTo !== undefined) {
          this.#options.onGap?.();
          yield { kind: 'gap', from: page.from, to: page.gapTo };
        }
        for (const event of page?.events ?? []) yield { kind: 'event', event };
        if (performance.now() - positionAt > POSITION_MS) {
          positionAt = performance.now();
          yield { kind: 'position', at };
        }
        const scope = this.#options.scopeOf(caller, filter.project);
        page = await this.#next(request, at, scope);
        at = page?.last ?? at;
      }
    } finally {
      this.#streams--;
    }
  }

  /** What follows; `undefined` when nothing came for a while. */
  async #next(request: TaskEventsRequest, at: string, scope: AccessScope): Promise<Page | undefined> {
    const window = this.#window;
    if (window?.covers(at) === true) {
      if (at === window.last) {
        await this.#waiting.next(request.signal, CHECK_MS);
        return undefined;
      }
      const found = window.after(at, PAGE);
      const last = found.length === PAGE ? (found.at(-1)?.sequence ?? at) : window.last;
      const events = found.filter((event) => isInScope(scope, event) && isWanted(event, request.filter));
      return { from: at, events, last };
    }
    try {
      const page = await this.#pageFor(request, at);
      if (page.events.length === 0 && page.gapTo === undefined)
        await this.#waiting.next(request.signal, CHECK_MS);
      return page;
    } catch (error) {
      if (isAppError(error) && error.code !== 'HISTORY_UNAVAILABLE') throw error;
      await sleep(RETRY_MS, request.signal);
      return undefined;
    }
  }

  async #pageFor({ caller, filter }: TaskEventsRequest, after: string | undefined): Promise<Page> {
    const reply = await this.#read({ ...filter, ...(after !== undefined && { after }), limit: PAGE }, caller);
    return { ...reply, from: after ?? reply.last };
  }

  async #follow(from: string): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.#window = new EventWindow(this.#options.limits ?? LIMITS, from);
    while (this.#streams > 0) await this.#step(this.#window);
    this.#isFollowing = false;
    this.#window = undefined;
  }

  async #step(window: EventWindow): Promise<void> {
    try {
      const reply = await this.#read({ after: window.last, limit: PAGE, waitMs: WAIT_MS }, undefined);
      // What was missed is no part of a window: the streams read that themselves, and state it.
      if (reply.gapTo !== undefined)
        this.#window = new EventWindow(this.#options.limits ?? LIMITS, reply.gapTo);
      (this.#window ?? window).add(reply.events, reply.last);
      this.#waiting.wake();
    } catch {
      await sleep(RETRY_MS);
    }
  }

  #read(request: object, caller: CallingPrincipal | undefined): Promise<HistoryFeedReply> {
    const call = { group: 'history', verb: 'feed', request, caller, timeoutMs: ANSWER_MS };
    return this.#options.calls.call(call) as Promise<HistoryFeedReply>;
  }
}

interface Page {
  readonly from: string;
  readonly events: readonly JournalledEvent[];
  readonly last: string;
  readonly gapTo?: string | undefined;
}

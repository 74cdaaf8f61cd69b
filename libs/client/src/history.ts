import type { HistoryOperations, HistoryVerb, ReplyOf } from '@precedent/contracts';
import type {
  HistoryDecisionsReply,
  DecisionsRequest,
  HistoryEventsReply,
  HistoryEventsRequest,
  HistoryFeedReply,
  HistoryFeedRequest,
  HistoryGetReply,
  HistoryListReply,
  HistoryListRequest,
  HistoryLogsReply,
  HistoryLogsRequest,
  HistoryCopyReply,
  HistoryOptimiseReply,
  HistoryRebuildReply,
  HistorySearchReply,
  HistorySearchRequest,
  HistoryStatsReply,
  HistoryStatsRequest,
  HistoryStatusReply,
} from '@precedent/contract-types';
import type { Api } from './api.ts';
import { callService } from './api.ts';

/** Milliseconds beyond the time that the history waits. */
const GRACE_MS = 1_000;

/** Milliseconds: a large file is copied in minutes. */
const UPKEEP_MS = 600_000;

interface UpkeepOptions {
  /** Milliseconds; 10 minutes when left out. */
  readonly timeoutMs?: number;
}

/**
 * What happened, also to tasks that the engine has forgotten. Every answer says how fresh it is. Everything here throws
 * HISTORY_UNAVAILABLE when no history answers.
 */
export class HistoryClient {
  readonly #api: Api;
  readonly #timeoutMs: number;

  constructor(api: Api, timeoutMs: number) {
    this.#api = api;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * One task with its attempts. Throws TASK_NOT_FOUND. With `waitMs` it waits so long for what the journal has and the history does
   * not have yet.
   */
  get(id: string, { waitMs = 0 }: { readonly waitMs?: number } = {}): Promise<HistoryGetReply> {
    return this.#call('get', { id, waitMs }, waitMs + GRACE_MS);
  }

  /** The latest first. The `cursor` of an answer gives the next page of the same query. */
  list(query: HistoryListRequest = {}): Promise<HistoryListReply> {
    return this.#call('list', query);
  }

  /** Counts, how long tasks waited and ran, and with `bucketMs` what happened over time. */
  stats(query: HistoryStatsRequest = {}): Promise<HistoryStatsReply> {
    return this.#call('stats', query);
  }

  /** The log of operations: of one task, or after a sequence, from its beginning, otherwise the latest first. */
  events(query: HistoryEventsRequest = {}): Promise<HistoryEventsReply> {
    return this.#call('events', query);
  }

  /**
   * Events in the order of the journal, from a sequence on: a reader misses none, and gets none twice. `last` of the answer is where it
   * goes on. With `waitMs` it waits so long for an event.
   */
  feed(query: HistoryFeedRequest = {}): Promise<HistoryFeedReply> {
    return this.#call('feed', query, this.#timeoutMs + (query.waitMs ?? 0));
  }

  /** The output of a task from `after` on, as far as it is stored; `last` of the answer is where it goes on. */
  async logs(id: string, options: Omit<HistoryLogsRequest, 'id'> = {}): Promise<HistoryLogsReply> {
    const timeoutMs = this.#timeoutMs + (options.waitMs ?? 0);
    return (await this.#call('logs', { id, ...options }, timeoutMs)) as HistoryLogsReply;
  }

  /** Decisions about who starts at whose expense, the latest first. */
  decisions(query: DecisionsRequest = {}): Promise<HistoryDecisionsReply> {
    return this.#call('decisions', query);
  }

  /** Tasks with these words in name, type, command, error or labels, the best match first. */
  search(text: string, query: Omit<HistorySearchRequest, 'text'> = {}): Promise<HistorySearchReply> {
    return this.#call('search', { ...query, text });
  }

  status(): Promise<HistoryStatusReply> {
    return this.#call('status', {});
  }

  /** Builds the history again from the journal; the old one answers meanwhile. */
  rebuild(): Promise<HistoryRebuildReply> {
    return this.#call('rebuild', {});
  }

  /** Puts its file in order, while it answers. */
  optimise({ timeoutMs = UPKEEP_MS }: UpkeepOptions = {}): Promise<HistoryOptimiseReply> {
    return this.#call('optimise', {}, timeoutMs);
  }

  /** Copies it into a file next to it, on its own machine. */
  copy({ timeoutMs = UPKEEP_MS }: UpkeepOptions = {}): Promise<HistoryCopyReply> {
    return this.#call('copy', {}, timeoutMs);
  }

  #call<V extends HistoryVerb>(
    verb: V,
    body: object,
    timeoutMs = this.#timeoutMs,
  ): Promise<ReplyOf<HistoryOperations[V]>> {
    const { link, subjects } = this.#api;
    const subject = subjects.history(verb);
    const unavailable = 'HISTORY_UNAVAILABLE';
    return callService(link, { subject, body, timeoutMs, service: 'the history', unavailable });
  }
}

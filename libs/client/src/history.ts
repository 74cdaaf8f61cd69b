import { historySubjectsOf } from '@precedent/contracts';
import type { HistoryVerb } from '@precedent/contracts';
import type {
  HistoryDecisionsReply,
  DecisionsRequest,
  HistoryEventsReply,
  HistoryEventsRequest,
  HistoryGetReply,
  HistoryListReply,
  HistoryListRequest,
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
  async get(id: string, { waitMs = 0 }: { readonly waitMs?: number } = {}): Promise<HistoryGetReply> {
    return (await this.#call('get', { id, waitMs }, waitMs + GRACE_MS)) as HistoryGetReply;
  }

  /** The latest first. The `cursor` of an answer gives the next page of the same query. */
  async list(query: HistoryListRequest = {}): Promise<HistoryListReply> {
    return (await this.#call('list', query)) as HistoryListReply;
  }

  /** Counts, how long tasks waited and ran, and with `bucketMs` what happened over time. */
  async stats(query: HistoryStatsRequest = {}): Promise<HistoryStatsReply> {
    return (await this.#call('stats', query)) as HistoryStatsReply;
  }

  /** The log of operations: of one task from its beginning, otherwise the latest first. */
  async events(query: HistoryEventsRequest = {}): Promise<HistoryEventsReply> {
    return (await this.#call('events', query)) as HistoryEventsReply;
  }

  /** Decisions about who starts at whose expense, the latest first. */
  async decisions(query: DecisionsRequest = {}): Promise<HistoryDecisionsReply> {
    return (await this.#call('decisions', query)) as HistoryDecisionsReply;
  }

  /** Tasks with these words in name, type, command, error or labels, the best match first. */
  async search(text: string, query: Omit<HistorySearchRequest, 'text'> = {}): Promise<HistorySearchReply> {
    return (await this.#call('search', { ...query, text })) as HistorySearchReply;
  }

  async status(): Promise<HistoryStatusReply> {
    return (await this.#call('status', {})) as HistoryStatusReply;
  }

  /** Builds the history again from the journal; the old one answers meanwhile. */
  async rebuild(): Promise<HistoryRebuildReply> {
    return (await this.#call('rebuild', {})) as HistoryRebuildReply;
  }

  /** Puts its file in order, while it answers. */
  async optimise({ timeoutMs = UPKEEP_MS }: UpkeepOptions = {}): Promise<HistoryOptimiseReply> {
    return (await this.#call('optimise', {}, timeoutMs)) as HistoryOptimiseReply;
  }

  /** Copies it into a file next to it, on its own machine. */
  async copy({ timeoutMs = UPKEEP_MS }: UpkeepOptions = {}): Promise<HistoryCopyReply> {
    return (await this.#call('copy', {}, timeoutMs)) as HistoryCopyReply;
  }

  #call(verb: HistoryVerb, body: object, timeoutMs = this.#timeoutMs): Promise<unknown> {
    const { link, subjects } = this.#api;
    const subject = historySubjectsOf(subjects.root).api(verb);
    const unavailable = 'HISTORY_UNAVAILABLE';
    return callService(link, { subject, body, timeoutMs, service: 'the history', unavailable });
  }
}

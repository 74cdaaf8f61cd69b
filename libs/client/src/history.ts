import { historySubjectsOf } from '@precedent/contracts';
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
  HistoryVerb,
  Subjects,
} from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import { bodyOf } from './answers.ts';
import type { Link } from './link.ts';
import { isSilence, request } from './link.ts';

/** Beyond the time that the history was asked to wait. Milliseconds. */
const GRACE_MS = 1_000;

/** A large file is copied in minutes. Milliseconds. */
const UPKEEP_MS = 600_000;

interface UpkeepTerms {
  readonly timeoutMs?: number;
}

export interface HistoryTerms {
  readonly link: Link;
  readonly subjects: Subjects;
  readonly timeoutMs: number;
}

/**
 * What happened, also to tasks that the engine has forgotten. Every answer says how fresh it is. Everything here throws
 * HISTORY_UNAVAILABLE when no history answers.
 */
export class HistoryClient {
  readonly #terms: HistoryTerms;

  constructor(terms: HistoryTerms) {
    this.#terms = terms;
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

  /** Who took whose place, the latest first. */
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

  /** Makes the history anew from the journal; the old one answers meanwhile. */
  async rebuild(): Promise<HistoryRebuildReply> {
    return (await this.#call('rebuild', {})) as HistoryRebuildReply;
  }

  /** Puts its file in order, while it answers. */
  async optimise({ timeoutMs = UPKEEP_MS }: UpkeepTerms = {}): Promise<HistoryOptimiseReply> {
    return (await this.#call('optimise', {}, timeoutMs)) as HistoryOptimiseReply;
  }

  /** Copies it into a file beside it, on its own machine. */
  async copy({ timeoutMs = UPKEEP_MS }: UpkeepTerms = {}): Promise<HistoryCopyReply> {
    return (await this.#call('copy', {}, timeoutMs)) as HistoryCopyReply;
  }

  async #call(verb: HistoryVerb, body: object, timeoutMs = this.#terms.timeoutMs): Promise<unknown> {
    const { link, subjects } = this.#terms;
    const subject = historySubjectsOf(subjects.root).api(verb);
    const answer = await request(link, subject, JSON.stringify(body), { timeoutMs });
    if (!isSilence(answer)) return bodyOf(answer);
    const fact = answer === 'timeout' ? `gave no answer within ${timeoutMs} ms` : 'is not there';
    throw new AppError('HISTORY_UNAVAILABLE', `the history ${fact} (${subject})`);
  }
}

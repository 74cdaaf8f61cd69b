import { ANY, REDRIVABLE } from '@precedent/contract-types';
import type {
  HistoryCopy,
  HistoryFreshness,
  HistoryStatus,
  HistoryTaskView,
} from '@precedent/contract-types';
import { AppError, placeIn, sequenceText, settlesWithin } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import type {
  Caller,
  Clock,
  HistoryApi,
  HistoryList,
  HistoryListQuery,
  HistoryPosition,
  HistoryStore,
  NamespaceHistory,
  TaskEntry,
  TaskOutput,
} from '@precedent/ports';
import { redriveIdOf, wakeBy } from '@precedent/ports';
import { isSettled } from '@precedent/tasks';
import { turn } from './follow.ts';
import { scopedHistory } from './scoped-history.ts';
import { fullView, listedView } from './task-view.ts';

export interface HistoryServiceParts {
  readonly store: () => HistoryStore;
  /** The last sequence of the journal. */
  readonly last: () => Promise<number>;
  readonly clock: Pick<Clock, 'now' | 'wakeAt' | 'defer'>;
  readonly retentionMs: number;
  /** Absent: no output is served. */
  readonly output?: TaskOutput | undefined;
  readonly rebuild: () => boolean;
  readonly isRebuilding: () => boolean;
  readonly optimise: () => { readonly bytes: number; readonly freeBytes: number };
  readonly copy: () => Promise<HistoryCopy>;
}

const LISTED_DEFAULT = 100;
const EVENTS_DEFAULT = 200;
const FEED_DEFAULT = 500;
const LOGS_DEFAULT = 256;
const DECISIONS_DEFAULT = 50;
/** A list that is looked for longer than this is given as far as it was found. Milliseconds. */
const PAGE_LIMIT_MS = 1_000;
/** After a request, others are expected for so long. Milliseconds. */
const QUERIED_MS = 1_000;
/** The end of the journal is read at most once in this time. Milliseconds. */
const LAST_CACHED_MS = 100;
/** An answer waits no longer for the end of the journal, which may be out of reach. Milliseconds. */
const LAST_LIMIT_MS = 500;

/** Answers queries of a history, and says with each answer how fresh it is. */
export class HistoryService implements HistoryApi {
  readonly #parts: HistoryServiceParts;
  readonly #startedAt: EpochMs;
  readonly #waiting = new Set<{ readonly seq: number; readonly resolve: () => void }>();
  /** The end of the journal; `undefined` before it was read. */
  #last: number | undefined;
  #lastReadAt: EpochMs = Number.NEGATIVE_INFINITY;
  #queriedAt: EpochMs = Number.NEGATIVE_INFINITY;
  #caughtUpAt: EpochMs;
  #problem: Problem | undefined;
  #isFollowing = false;
  #copying: Promise<HistoryCopy> | undefined;

  constructor(parts: HistoryServiceParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
    this.#caughtUpAt = this.#startedAt;
  }

  /** Whether there were requests a moment ago: more may wait. */
  get isQueried(): boolean {
    return this.#parts.clock.now() - this.#queriedAt < QUERIED_MS;
  }

  /** The journal is being read. */
  following(): void {
    this.#isFollowing = true;
  }

  /** The journal cannot be followed at present. */
  failed(problem: Problem): void {
    this.#problem = problem;
    this.#isFollowing = false;
  }

  /** The store has the journal up to this position. */
  stored({ seq }: HistoryPosition): void {
    this.#problem = undefined;
    if (this.#last !== undefined && seq >= this.#last) this.#caughtUpAt = this.#parts.clock.now();
    for (const waiter of this.#waiting) {
      if (waiter.seq > seq) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  async get({ id, waitMs = 0 }: Parameters<HistoryApi['get']>[0]) {
    if (waitMs > 0 && !isOver(this.#store.load(id))) await this.#catchUp(waitMs);
    const entry = this.#store.load(id);
    if (entry === undefined) throw new AppError('TASK_NOT_FOUND', `the history has no task ${id}`);
    return this.#fresh({ task: this.#linked(entry), attempts: this.#store.attempts(id) });
  }

  /** A task with the one that repeats it. */
  #linked(entry: TaskEntry): HistoryTaskView {
    const task = fullView(entry);
    const next = REDRIVABLE.some((state) => state === task.state) ? redriveIdOf(task.id) : undefined;
    const isThere = next !== undefined && this.#store.load(next) !== undefined;
    return isThere ? { ...task, redrivenAs: next } : task;
  }

  async list(query: Parameters<HistoryApi['list']>[0]) {
    const { entries, cursor } = await this.#page({ ...query, limit: query.limit ?? LISTED_DEFAULT });
    return this.#fresh({ tasks: entries.map(listedView), ...(cursor !== undefined && { cursor }) });
  }

  /** A full page, or what is found in the time that a request may take. Others are answered between the steps. */
  async #page(query: HistoryListQuery): Promise<HistoryList> {
    const { clock } = this.#parts;
    const until = clock.now() + PAGE_LIMIT_MS;
    const entries: TaskEntry[] = [];
    let { cursor } = query;
    do {
      const step = this.#store.list({ ...query, cursor, limit: query.limit - entries.length });
      entries.push(...step.entries);
      ({ cursor } = step);
      if (cursor === undefined || entries.length === query.limit) break;
      await turn(clock);
    } while (clock.now() < until);
    return { entries, cursor };
  }

  async stats(query: Parameters<HistoryApi['stats']>[0]) {
    return this.#fresh(this.#store.stats(query));
  }

  async events(query: Parameters<HistoryApi['events']>[0]) {
    const { operations, cursor } = this.#store.operations({ ...query, limit: query.limit ?? EVENTS_DEFAULT });
    return this.#fresh({ events: operations, ...(cursor !== undefined && { cursor }) });
  }

  async feed({ after, waitMs = 0, limit = FEED_DEFAULT, ...filter }: Parameters<HistoryApi['feed']>[0]) {
    const { seq } = this.#store.position();
    const from = after ?? endOf(seq);
    if ((placeIn(from)?.entry ?? 0) > seq && (await this.#isBehindJournal(from)))
      return this.#fresh({ events: [], last: endOf(seq), gapTo: endOf(seq) });
    const query = { ...filter, after: from, limit };
    const found = this.#store.feed(query);
    const isWaitedFor = found.events.length === 0 && found.gapTo === undefined && found.last >= endOf(seq);
    if (waitMs === 0 || !isWaitedFor) return this.#fresh(found);
    await this.#reached(seq + 1, waitMs);
    return this.#fresh(this.#store.feed(query));
  }

  /** Whether the journal has never been so far: its data was replaced. */
  async #isBehindJournal(sequence: string): Promise<boolean> {
    const last = await this.#lastNow();
    return sequence > endOf(last);
  }

  async decisions({ task, limit = DECISIONS_DEFAULT }: Parameters<HistoryApi['decisions']>[0]) {
    return this.#fresh({ decisions: this.#store.decisions({ task, limit }) });
  }

  async search({ text, ...query }: Parameters<HistoryApi['search']>[0]) {
    const { entries, ranked } = this.#store.search(text, { ...query, limit: query.limit ?? LISTED_DEFAULT });
    return this.#fresh({ tasks: entries.map(listedView), ranked });
  }

  async logs({ id, after = 0, limit = LOGS_DEFAULT, waitMs = 0 }: Parameters<HistoryApi['logs']>[0]) {
    const { output } = this.#parts;
    if (output === undefined)
      throw new AppError('HISTORY_UNAVAILABLE', 'this history serves no output of tasks');
    return output.read({ id, after, limit, waitMs });
  }

  forCaller({ principal, scope }: Caller): NamespaceHistory {
    return principal === undefined || scope.namespace === ANY ? this : scopedHistory(this, scope);
  }

  async status() {
    const { bytes, ...rows } = this.#store.counts();
    const setAside = this.#store.setAside();
    return this.#fresh({
      state: this.#state,
      ...(this.#problem && { problem: this.#problem }),
      startedAt: this.#startedAt,
      rows,
      bytes,
      ...(setAside.count > 0 && { setAside }),
      retentionMs: this.#parts.retentionMs,
    });
  }

  async rebuild() {
    return this.#fresh({ started: this.#parts.rebuild() });
  }

  async optimise() {
    return this.#fresh(this.#parts.optimise());
  }

  async copy() {
    const copying = (this.#copying ??= this.#parts.copy().finally(() => (this.#copying = undefined)));
    return this.#fresh(await copying);
  }

  get #store(): HistoryStore {
    return this.#parts.store();
  }

  get #state(): HistoryStatus['state'] {
    if (this.#parts.isRebuilding()) return 'rebuilding';
    if (this.#problem !== undefined) return 'failed';
    return this.#isFollowing ? 'following' : 'waiting';
  }

  async #fresh<T extends object>(answer: T): Promise<T & { readonly freshness: HistoryFreshness }> {
    const { clock } = this.#parts;
    this.#queriedAt = clock.now();
    // What the answer was made of: the store may go on while the end of the journal is read.
    const { seq, at } = this.#store.position();
    if (clock.now() - this.#lastReadAt > LAST_CACHED_MS) {
      const reading = this.#lastNow();
      // That it is behind is known already, and an answer need not wait to say by how much.
      if (this.#last === undefined || seq >= this.#last) await reading;
    }
    const lastSeq = Math.max(seq, this.#last ?? 0);
    const isWhole = this.#last !== undefined && seq >= this.#last;
    // At least one: it is not known to have everything.
    const lagMs = isWhole ? 0 : Math.max(1, clock.now() - Math.max(at, this.#caughtUpAt));
    return { ...answer, freshness: { seq, lastSeq, lagMs, rebuilding: this.#parts.isRebuilding() } };
  }

  /** The last sequence of the journal, or the last one that was known when it cannot be read. */
  async #lastNow(): Promise<number> {
    return (await this.#readLast(LAST_LIMIT_MS)) ?? this.#last ?? Number.MAX_SAFE_INTEGER;
  }

  /** The last sequence of the journal; `undefined` when it cannot be read in this time. */
  async #readLast(limitMs: number): Promise<number | undefined> {
    const { clock, last } = this.#parts;
    this.#lastReadAt = clock.now();
    const answer = last().catch(() => undefined);
    if (!(await settlesWithin(answer, limitMs, wakeBy(clock)))) return undefined;
    const read = await answer;
    this.#last = read ?? this.#last;
    return read;
  }

  /** Waits for what is in the journal already. Rejects HISTORY_UNAVAILABLE when that takes too long, or what that is cannot be read. */
  async #catchUp(waitMs: number): Promise<void> {
    // The end that was read before may be behind a task that was submitted since.
    const last = await this.#readLast(waitMs);
    if (last === undefined)
      throw new AppError('HISTORY_UNAVAILABLE', 'the end of the journal cannot be read at present');
    await this.#reached(last, waitMs);
    const { seq } = this.#store.position();
    if (seq >= last) return;
    throw new AppError(
      'HISTORY_UNAVAILABLE',
      `the history is at journal entry ${seq} of ${last} after ${waitMs} ms`,
    );
  }

  /** Resolves when the store has this entry, or after the time. */
  async #reached(seq: number, waitMs: number): Promise<void> {
    if (this.#store.position().seq >= seq) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { seq, resolve };
    this.#waiting.add(waiter);
    const { clock } = this.#parts;
    const disarm = clock.wakeAt(clock.now() + waitMs, resolve);
    await promise;
    disarm();
    this.#waiting.delete(waiter);
  }
}

/** Of what follows, everything is later. */
const endOf = (seq: number): string => sequenceText(seq, INDEX_MAX);
const INDEX_MAX = 65_535;

const isOver = (entry: TaskEntry | undefined): boolean => entry !== undefined && isSettled(entry.row.state);

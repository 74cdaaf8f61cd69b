import type {
  AttemptView,
  DecisionView,
  HistoryStats,
  HistoryStatsRequest,
  OperationView,
  SetAside,
  SetAsideView,
} from '@precedent/contract-types';
import { AppError, cutGraphemes } from '@precedent/kernel';
import type {
  HistoryChanges,
  HistoryCounts,
  HistoryList,
  HistoryListQuery,
  HistoryPosition,
  HistoryStore,
  HistoryEventsQuery,
  TaskEntry,
} from '@precedent/ports';
import { ASIDE_LIMITS } from '@precedent/ports';
import { TaskRow } from '@precedent/tasks';
import { isIn, scoreOf } from './history-filter.ts';
import { statsOf } from './history-stats.ts';

interface Kept {
  readonly entry: TaskEntry;
  readonly number: number;
  readonly attempts: Map<number, AttemptView>;
}

/** A `HistoryStore` in memory: small histories, and tests of what asks it. */
export const memoryHistory = (): HistoryStore => new MemoryHistory();

class MemoryHistory implements HistoryStore {
  readonly #tasks = new Map<string, Kept>();
  #operations: OperationView[] = [];
  #decisions: DecisionView[] = [];
  #position: HistoryPosition = { seq: 0, epoch: 0, at: 0 };
  #numbers = 0;
  readonly #aside: SetAside[] = [];

  position(): HistoryPosition {
    return this.#position;
  }

  load(id: string): TaskEntry | undefined {
    const kept = this.#tasks.get(id);
    return kept && copyOf(kept.entry);
  }

  apply({
    removed,
    added,
    changed,
    attempts,
    operations,
    decisions,
    position,
    aside = [],
  }: HistoryChanges): void {
    this.#delete(new Set(removed));
    for (const entry of added) this.#add(entry);
    for (const entry of changed) this.#change(entry);
    for (const { entry, attempt } of attempts) {
      this.#tasks.get(entry.row.id)?.attempts.set(attempt.epoch, attempt);
    }
    this.#operations.push(...operations.map(({ operation }) => operation));
    this.#decisions.push(...decisions);
    this.#position = position;
    this.#aside.push(...aside);
  }

  setAside(): SetAsideView {
    return { count: this.#aside.length, latest: this.#aside.slice(-ASIDE_LIMITS.latest).toReversed() };
  }

  attempts(id: string): AttemptView[] {
    return [...(this.#tasks.get(id)?.attempts.values() ?? [])].sort((a, b) => a.epoch - b.epoch);
  }

  list(query: HistoryListQuery): HistoryList {
    const all = this.#matching(query);
    const from = query.cursor === undefined ? 0 : placeBehind(all, readCursor(query.cursor));
    const page = all.slice(from, from + query.limit);
    const last = page.at(-1);
    const more = from + query.limit < all.length && last !== undefined;
    return { entries: page.map(listed), ...(more && { cursor: `n${last.number}` }) };
  }

  search(text: string, query: Omit<HistoryListQuery, 'cursor' | 'order' | 'text'>) {
    const found = this.#matching({ ...query, text });
    const scored = found.map((kept) => ({ kept, score: scoreOf(kept.entry, text) }));
    scored.sort((a, b) => b.score - a.score);
    return { entries: scored.slice(0, query.limit).map(({ kept }) => listed(kept)), ranked: true };
  }

  stats(query: HistoryStatsRequest): HistoryStats {
    return statsOf(
      [...this.#tasks.values()].map(({ entry }) => entry),
      query,
    );
  }

  operations({ task, since = 0, until = Number.POSITIVE_INFINITY, limit, cursor }: HistoryEventsQuery) {
    const all = this.#operations.filter((one) => one.at >= since && one.at < until);
    const asked = task === undefined ? all.toReversed() : all.filter((one) => one.task === task);
    const from = cursor === undefined ? 0 : readCursor(cursor);
    const more = asked.length > from + limit;
    return { operations: asked.slice(from, from + limit), ...(more && { cursor: `n${from + limit}` }) };
  }

  decisions({ task, limit }: { readonly task?: string | undefined; readonly limit: number }): DecisionView[] {
    const isAbout = (one: DecisionView): boolean =>
      task === undefined || one.task === task || one.victims.includes(task);
    return this.#decisions.filter(isAbout).toReversed().slice(0, limit);
  }

  counts(): HistoryCounts {
    const attempts = [...this.#tasks.values()].reduce((sum, kept) => sum + kept.attempts.size, 0);
    const [operations, decisions] = [this.#operations.length, this.#decisions.length];
    return { tasks: this.#tasks.size, attempts, operations, decisions, bytes: 0 };
  }

  forget(before: number, max: number): number {
    const old = [...this.#tasks.values()].filter(({ entry }) => (settledAt(entry) ?? before) < before);
    const ids = old.slice(0, max).map(({ entry }) => entry.row.id);
    for (const id of ids) this.#tasks.delete(id);
    this.#forgetOperations(new Set(ids));
    return ids.length;
  }

  secure(): number {
    return this.#position.seq;
  }

  close(): void {
    this.#tasks.clear();
  }

  #delete(ids: ReadonlySet<string>): void {
    if (ids.size === 0) return;
    for (const id of ids) this.#tasks.delete(id);
    this.#forgetOperations(ids);
    this.#decisions = this.#decisions.filter(({ task }) => !ids.has(task));
  }

  #add(entry: TaskEntry): void {
    const { id } = entry.row;
    if (this.#tasks.has(id)) this.#forgetOperations(new Set([id]));
    this.#tasks.set(id, { entry: copyOf(entry), number: ++this.#numbers, attempts: new Map() });
  }

  #change(entry: TaskEntry): void {
    const kept = this.#tasks.get(entry.row.id);
    if (kept) this.#tasks.set(entry.row.id, { ...kept, entry: copyOf(entry) });
  }

  #matching(query: HistoryListQuery): Kept[] {
    const time = query.order === 'settled' ? settledAt : submittedAt;
    const found = [...this.#tasks.values()].filter(({ entry }) => isIn(entry, query, time(entry)));
    return found.sort((a, b) => (time(b.entry) ?? 0) - (time(a.entry) ?? 0) || b.number - a.number);
  }

  #forgetOperations(ids: ReadonlySet<string>): void {
    this.#operations = this.#operations.filter(({ task }) => task === undefined || !ids.has(task));
  }
}

const submittedAt = ({ row }: TaskEntry): number => row.submittedAt;
const settledAt = ({ row }: TaskEntry): number | undefined => row.run.settledAt;

/** The projection goes on writing to what it handed over. */
const copyOf = (entry: TaskEntry): TaskEntry => {
  const { row } = entry;
  const { id, class: taskClass, body, order, submittedAt: at } = row;
  return { ...entry, row: Object.assign(new TaskRow({ id, class: taskClass, body, order, at }), row) };
};

/** A list leaves results out: each may be large. */
const listed = ({ entry }: Kept): TaskEntry => {
  const copy = copyOf(entry);
  const { result: _, ...run } = copy.row.run;
  copy.row.run = run;
  return copy;
};

const readCursor = (text: string): number => {
  const number = /^n(\d+)$/.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  throw new AppError('INVALID_REQUEST', `"${cutGraphemes(text, 40)}" is no cursor of an earlier page`);
};

const placeBehind = (all: readonly Kept[], number: number): number =>
  all.findIndex((kept) => kept.number === number) + 1;

import type { EpochMs, Problem } from '@precedent/kernel';
import { closedFor, roomOf } from '@precedent/orchestration';
import type { KeyUse } from '@precedent/orchestration';
import type { TaskRow } from '@precedent/tasks';
import type { TaskTable } from '../tasks/task-table.ts';
import type { Limit, LimitKey } from './limit-key.ts';
import type { TaskKey } from './task-keys.ts';

/** What the limits of a new task mean for it, and for the tasks before it. */
export interface Arrival {
  /** It is refused. */
  readonly problem?: Problem;
  /** It is accepted, and cancelled for this reason. */
  readonly cancelled?: string;
  /** What is cancelled for it, with the reason. */
  readonly superseded: readonly { readonly row: TaskRow; readonly reason: string }[];
}

export interface ArrivalContext {
  readonly table: Pick<TaskTable, 'get'>;
  readonly keyOf: (limit: Limit, key: string) => KeyUse & Partial<LimitKey>;
  readonly now: EpochMs;
}

const ADMITTED: Arrival = { superseded: [] };
const HOLDERS_NAMED = 3;

/** The key of a task must be there when it is submitted. A limit that lets tasks wait says no more about a new one. */
export const arrivalOf = (id: string, keys: readonly TaskKey[], context: ArrivalContext): Arrival => {
  let arrival = ADMITTED;
  for (const of of keys) {
    if (of.failure !== undefined) return { ...ADMITTED, problem: keyProblem(of) };
    const { onFull = 'wait' } = of.limit.spec;
    if (onFull === 'wait') continue;
    const use = context.keyOf(of.limit, of.key);
    if (!isFull(use, context.now)) continue;
    const fact = `${limitText(of)} is full${heldBy(use)}`;
    if (onFull === 'supersede')
      arrival = { ...arrival, superseded: [...arrival.superseded, ...supersededBy(id, of, context)] };
    else of.limit.refused++;
    if (onFull === 'reject') return { ...ADMITTED, problem: fullProblem(fact, use, context.now) };
    if (onFull === 'cancel_new') return { ...ADMITTED, cancelled: fact };
  }
  return arrival;
};

/** Full is a key under which one more task would have to wait for the limit. */
const isFull = (use: KeyUse & Partial<LimitKey>, now: EpochMs): boolean =>
  roomOf(use, now) <= (use.waiting ?? 0);

const supersededBy = (id: string, of: TaskKey, { table, keyOf }: ArrivalContext): Arrival['superseded'] => {
  const use = keyOf(of.limit, of.key);
  const rows = [...holdersOf(use, table), ...waitingOf(use)].filter((row) => row.run.stop !== 'cancel');
  const surplus = rows.length + 1 - (of.limit.spec.concurrency ?? 0);
  const oldest = rows.toSorted((a, b) => a.order - b.order).slice(0, Math.max(0, surplus));
  of.limit.superseded += oldest.length;
  const reason = `superseded by task ${id} under ${limitText(of)}`;
  return oldest.map((row) => ({ row, reason }));
};

const holdersOf = ({ holders }: Partial<LimitKey>, table: ArrivalContext['table']): readonly TaskRow[] =>
  [...new Set(holders?.values() ?? [])].flatMap((task) => table.get(task) ?? []);

const waitingOf = ({ gates }: Partial<LimitKey>): readonly TaskRow[] =>
  [...(gates ?? [])].flatMap(({ queues }) => [...queues].flatMap((queue) => [...queue.waiting(queue.size)]));

const limitText = ({ limit, key }: TaskKey): string =>
  key === '' ? `limit ${limit.name}` : `limit ${limit.name} for key ${key}`;

const heldBy = ({ holders, waiting = 0 }: Partial<LimitKey>): string => {
  const tasks = [...(holders?.values() ?? [])];
  const more = tasks.length > HOLDERS_NAMED ? ` and ${tasks.length - HOLDERS_NAMED} more` : '';
  const held = tasks.length === 0 ? '' : `: held by ${tasks.slice(0, HOLDERS_NAMED).join(', ')}${more}`;
  return waiting === 0 ? held : `${held}${held === '' ? ':' : ';'} ${waiting} wait`;
};

const fullProblem = (message: string, use: KeyUse, now: EpochMs): Problem => {
  const closed = closedFor(use, now);
  const retryAfterMs = closed && closed.reason !== 'concurrency' ? closed.until - now : undefined;
  return { code: 'LIMIT_FULL', message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
};

const keyProblem = ({ limit, failure }: TaskKey): Problem => ({
  code: 'CONDITION_FAILED',
  message: `limit ${limit.name} has no key for this task: ${limit.spec.key}: ${failure}`,
});

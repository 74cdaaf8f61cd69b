import type {
  BlockedView,
  EngineSnapshot,
  EngineStatus,
  OverdueSlots,
  WorkerView,
} from '@precedent/contract-types';
import type { Visibility } from './visibility.ts';

/**
 * What a worker offers, and what the caller's own tasks do there. `busy` counts those alone: `ownBusy`. The session is left empty, because
 * a client that knows it can speak for the worker; load, express slots and tasks assigned ahead are counts of all.
 */
export const maskedWorker = (view: WorkerView, visible: Visibility, ownBusy: number): WorkerView => {
  const { id, state, types, pools, labels, slots, version, connectedAt, lastHeardAt } = view;
  const blocked = view.blocked && maskedBlocked(view.blocked, visible);
  const overdue = view.overdue && maskedOverdue(view.overdue, visible);
  return {
    id,
    session: '',
    state,
    types,
    pools,
    labels,
    slots,
    busy: ownBusy,
    version,
    connectedAt,
    lastHeardAt,
    ...(blocked && { blocked }),
    ...(overdue && { overdue }),
  };
};

/** That the worker is blocked shows through, because it gets no task meanwhile; the code that blocks it only where it is the caller's. */
const maskedBlocked = ({ since, tasks, place }: BlockedView, visible: Visibility): BlockedView => {
  const own = tasks.filter((id) => visible.seesTask(id));
  const isOwn = own.length > 0 && own.length === tasks.length;
  return { since, tasks: own, ...(isOwn && place !== undefined && { place }) };
};

/** `since` is that of the first task: of a task of others it does not leave. */
const maskedOverdue = ({ since, tasks }: OverdueSlots, visible: Visibility): OverdueSlots | undefined => {
  const own = tasks.filter((id) => visible.seesTask(id));
  return own.length > 0 && own[0] === tasks[0] ? { count: own.length, since, tasks: own } : undefined;
};

/**
 * The state of the cell with the counts of the caller's own tasks in it. Figures of all tasks, and of the machines and programs that serve
 * them, are zero or left out.
 */
export const maskedStatus = (
  { state, cell, epoch, startedAt, journalSeq, workers, slots, version }: EngineStatus,
  { bands, settled }: Pick<EngineSnapshot, 'bands' | 'settled'>,
): EngineStatus => ({
  state,
  cell,
  epoch,
  startedAt,
  workers,
  slots,
  version,
  bands,
  settled,
  // Every answer to a submission gives it too: readers compare it with their position.
  journalSeq,
  loads: { normal: 0, elevated: 0, high: 0, critical: 0 },
  staleReports: 0,
  voidEntries: 0,
  memoryMb: 0,
});

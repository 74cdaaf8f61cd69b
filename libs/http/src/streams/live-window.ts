import type { ListReply, ListRequest, TaskState, TaskView } from '@precedent/contract-types';
import { VERDICTS } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';

/** Which tasks a screen shows, and in which order: the most urgent band first, and in it the earliest, or the latest verdict first. */
export interface LiveWindow {
  readonly state: readonly TaskState[];
  readonly order: 'startedAt' | 'submittedAt' | 'verdict';
}

export const LIVE_WINDOWS = {
  running: { state: ['running'], order: 'startedAt' },
  waiting: { state: ['queued', 'retrying', 'preempted'], order: 'submittedAt' },
  settled: { state: VERDICTS, order: 'verdict' },
  failed: { state: ['failed', 'timed_out', 'rejected'], order: 'verdict' },
} as const satisfies Readonly<Record<string, LiveWindow>>;

export const isLiveWindow = (name: unknown): name is keyof typeof LIVE_WINDOWS =>
  typeof name === 'string' && Object.hasOwn(LIVE_WINDOWS, name);

type List = (request: ListRequest) => Promise<ListReply>;

/** The tasks of a window that a screen has room for. Of more tasks than that, those of the most urgent bands. */
export const windowTasks = async (
  list: List,
  request: ListRequest & { readonly limit: number },
  window: LiveWindow | undefined,
): Promise<ListReply> => {
  if (window === undefined) return list(request);
  const wanted = { ...request, state: window.state };
  const first = await list(wanted);
  const { order } = window;
  if (order === 'verdict') return first;
  const { tasks } = first.truncated ? await byBand(list, wanted) : first;
  return { ...first, tasks: tasks.toSorted(mostUrgentFirst(order)) };
};

/** The list of the engine may end before it comes to an urgent task. */
const byBand = async (
  list: List,
  request: ListRequest & { readonly limit: number },
): Promise<Pick<ListReply, 'tasks'>> => {
  const tasks: TaskView[] = [];
  const bands = BANDS.toReversed().filter((band) => request.band?.includes(band) ?? true);
  for (const band of bands) {
    const limit = request.limit - tasks.length;
    if (limit <= 0) break;
    tasks.push(...(await list({ ...request, band: [band], limit })).tasks);
  }
  return { tasks };
};

const mostUrgentFirst =
  (since: 'startedAt' | 'submittedAt') =>
  (a: TaskView, b: TaskView): number =>
    BANDS.indexOf(b.band) - BANDS.indexOf(a.band) || (a[since] ?? 0) - (b[since] ?? 0);

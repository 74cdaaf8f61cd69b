import type { CountsReply, ListReply, TaskView } from '@precedent/contract-types';

/** What a screen shows. */
export interface LiveView {
  readonly bands: CountsReply['bands'];
  /** In the order of the window. */
  readonly tasks: readonly LiveRow[];
  /** More tasks are in the window than are shown. */
  readonly truncated: boolean;
}

export type LiveRow = Partial<TaskView> & Pick<TaskView, 'id'>;

/** The largest frame. Bytes. */
export const FRAME_BYTES = 64 * 1024;
/** For the names of a frame around its data. */
const MARGIN_BYTES = 256;

export const SHOWN_FIELDS = [
  'id',
  'namespace',
  'project',
  'name',
  'type',
  'band',
  'state',
  'attempt',
  'submittedAt',
  'startedAt',
  'settledAt',
  'dueAt',
  'worker',
  'progress',
] as const;

const rowOf = (task: TaskView): LiveRow => {
  const fields = task as unknown as Readonly<Record<string, unknown>>;
  const shown = SHOWN_FIELDS.flatMap((name) =>
    fields[name] === undefined ? [] : [[name, fields[name]] as const],
  );
  return Object.fromEntries(shown) as unknown as LiveRow;
};

/** The view, with as many rows as fit into a frame. */
export const liveViewOf = ({ bands }: CountsReply, { tasks, truncated }: ListReply): LiveView => {
  let rows = tasks.map(rowOf);
  let isCut = truncated;
  while (bytesOf({ bands, tasks: rows, truncated: isCut }) > FRAME_BYTES - MARGIN_BYTES) {
    rows = rows.slice(0, Math.floor(rows.length * 0.8));
    isCut = true;
  }
  return { bands, tasks: rows, truncated: isCut };
};

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

export const fullFrame = (view: LiveView): string => `event: full\ndata: ${JSON.stringify(view)}\n\n`;

/**
 * What is different: bands and rows that have changed, the ids that are shown, in their order, when they have changed. `undefined`: nothing is. The
 * whole view where that is smaller.
 */
export const changeFrame = (before: LiveView, after: LiveView): string | undefined => {
  const known = new Map(before.tasks.map((row) => [row.id, JSON.stringify(row)]));
  const tasks = after.tasks.filter((row) => known.get(row.id) !== JSON.stringify(row));
  const [order, orderBefore] = [after, before].map((view) => view.tasks.map(({ id }) => id));
  const bands = Object.entries(after.bands).filter(
    ([band, counts]) => JSON.stringify(counts) !== JSON.stringify(before.bands[band as 'low']),
  );
  const change = {
    ...(bands.length > 0 && { bands: Object.fromEntries(bands) }),
    ...(tasks.length > 0 && { tasks }),
    ...(String(order) !== String(orderBefore) && { order }),
    ...(after.truncated !== before.truncated && { truncated: after.truncated }),
  };
  if (Object.keys(change).length === 0) return undefined;
  const text = `event: change\ndata: ${JSON.stringify(change)}\n\n`;
  const full = fullFrame(after);
  return text.length < full.length ? text : full;
};

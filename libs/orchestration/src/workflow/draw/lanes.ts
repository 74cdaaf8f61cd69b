import type { WorkflowGraph } from './graph.ts';

/** One line of the drawing: the lanes with what they hold, and the step whose line it is. */
export interface LaneRow {
  /** Two characters a lane. */
  readonly lanes: string;
  readonly step?: string | undefined;
}

/** The step that a lane leads to; `undefined`: it is free. */
type Lanes = (string | undefined)[];

/** The steps from top to bottom, with a lane for each need that leads past them. `nodeOf`: one character for a step. */
export const laneRows = (
  { steps, needs }: WorkflowGraph,
  nodeOf: (step: string) => string,
): readonly LaneRow[] => {
  const order = new Map(steps.map(({ name }, index) => [name, index]));
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of needs) targets.set(from, (targets.get(from) ?? new Set()).add(to));
  const lanes: Lanes = [];
  return steps.flatMap(({ name }) => {
    const leaves = [...(targets.get(name) ?? [])].toSorted(
      (one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0),
    );
    return rowsOf(name, leaves, lanes, nodeOf(name));
  });
};

const rowsOf = (step: string, leaves: readonly string[], lanes: Lanes, node: string): readonly LaneRow[] => {
  const [column = freeFrom(0, lanes), ...others] = columnsOf(step, lanes);
  const rows: LaneRow[] = [];
  if (others.length > 0) rows.push({ lanes: joined(lanes, [column, ...others], '┴╯') });
  for (const other of others) lanes[other] = undefined;
  lanes[column] = step;
  rows.push({ lanes: lineOf(lanes, (index) => (index === column ? node : '│')), step });
  const [first, ...more] = leaves;
  lanes[column] = first;
  const forks = more.map((target) => {
    const fork = freeFrom(column + 1, lanes);
    lanes[fork] = target;
    return fork;
  });
  if (forks.length > 0) rows.push({ lanes: joined(lanes, [column, ...forks], '┬╮') });
  return rows;
};

const columnsOf = (step: string, lanes: Lanes): readonly number[] =>
  lanes.flatMap((target, index) => (target === step ? [index] : []));

const freeFrom = (start: number, lanes: Lanes): number => {
  for (let index = start; index < lanes.length; index++) if (lanes[index] === undefined) return index;
  return Math.max(start, lanes.length);
};

const lineOf = (lanes: Lanes, charOf: (index: number) => string): string =>
  Array.from(lanes, (target, index) => (target === undefined ? '  ' : `${charOf(index)} `))
    .join('')
    .trimEnd();

/** A line from the first of some lanes to the last of them; lanes between them that are not among them pass behind it. */
const joined = (lanes: Lanes, columns: readonly number[], ends: string): string => {
  const [middle = '', last = ''] = ends;
  const [from = 0] = columns;
  const to = columns.at(-1) ?? from;
  return Array.from(lanes, (target, index) => {
    if (index < from || index > to) return target === undefined ? '  ' : '│ ';
    const isOne = columns.includes(index);
    const char =
      index === from ? '├' : index === to ? last : isOne ? middle : target === undefined ? '─' : '│';
    return `${char}${index < to ? '─' : ' '}`;
  })
    .join('')
    .trimEnd();
};

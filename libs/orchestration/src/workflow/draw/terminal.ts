import { cutGraphemes } from '@precedent/kernel';
import type { GraphNeed, GraphStep, WorkflowGraph } from './graph.ts';
import { laneRows } from './lanes.ts';

const WIDTH = 80;
/** Characters of lanes; where a workflow needs more, its steps are listed with what they need. */
const LANES_MAX = 36;

/** A character for what a step is. */
const MARKS: Readonly<Record<string, string>> = {
  waiting: '○',
  open: '●',
  completed: '✓',
  failed: '✗',
  timed_out: '✗',
  cancelled: '⊘',
  skipped: '–',
};

/** A workflow as lines of at most 80 columns, each step below those that it needs. */
export const terminalText = (graph: WorkflowGraph): string => {
  const steps = new Map(graph.steps.map((step) => [step.name, step]));
  const rows = laneRows(graph, (name) => markOf(steps.get(name)));
  const width = Math.max(...rows.map(({ lanes }) => lanes.length));
  if (width > LANES_MAX) return listText(graph);
  const nameChars = Math.max(...graph.steps.map(({ name }) => name.length));
  return rows
    .map(({ lanes, step = '' }) => {
      const found = steps.get(step);
      if (found === undefined) return lanes;
      return line(`${lanes.padEnd(width)}  ${found.name.padEnd(nameChars)}  ${detailOf(found, graph)}`);
    })
    .map((text) => `${text}\n`)
    .join('');
};

const markOf = (step: GraphStep | undefined): string => MARKS[step?.state ?? 'waiting'] ?? '○';

/** An ended or running step says what it is; any other what it does. */
const detailOf = ({ name, kind, does, state }: GraphStep, { needs }: WorkflowGraph): string => {
  const conditions = needs.filter(
    ({ to, label, isOptional }) => to === name && (label !== undefined || isOptional),
  );
  const parts = [state === undefined || state === 'waiting' ? '' : state.replace('_', ' '), kind, does];
  return [parts.filter((part) => part !== '').join(' '), ...conditions.map(conditionText)].join(', ');
};

const conditionText = ({ from, label, isOptional }: GraphNeed): string =>
  `${isOptional ? 'after' : 'on'} ${[label, from].filter((part) => part !== undefined).join(' of ')}`;

const listText = (graph: WorkflowGraph): string =>
  graph.steps
    .map((step) => {
      const needed = graph.needs.filter(({ to }) => to === step.name).map(({ from }) => from);
      const first = line(`${markOf(step)} ${step.name}  ${detailOf(step, graph)}`);
      return needed.length === 0 ? `${first}\n` : `${first}\n${line(`    needs ${needed.join(', ')}`)}\n`;
    })
    .join('');

const line = (text: string): string => cutGraphemes(text.replaceAll(/\s+$/g, ''), WIDTH);

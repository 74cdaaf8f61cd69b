import type { MachineState, Transition } from '../machines/definition.ts';
import { eventName, initialOf, isIdle, statesIn, targetsOf, transitionsOf } from '../machines/definition.ts';
import type { Machine } from '../machines/discover.ts';
import { GENERATED, page, table } from './markdown.ts';

/** The page of one machine: what it is, its picture, and each way with the note of its author. */
export const lifecyclePage = ({ name, file, drawing, root }: Machine): string =>
  page(
    `# The life of ${name}`,
    GENERATED,
    `${sentence(drawing.headline)}\n\nSource: [\`${file}\`](../../${file}).`,
    ['```mermaid', 'stateDiagram-v2', ...diagram(root), '```'].join('\n'),
    table(['from', 'event', 'to', 'note'], drawing.lines.map(lineCells)),
  );

/** The headline without the name of the machine in front of it. */
const sentence = (headline: string): string => {
  const text = headline.replace(/^\S+\.machine\s*[:—–-]\s*/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
};

const lineCells = ({ from, events, to, note }: Machine['drawing']['lines'][number]): string[] => [
  from.join(', '),
  events.map((event) => `\`${event}\``).join(', '),
  to,
  note,
];

/** Mermaid's state diagram, drawn from the machine itself and not from what its author says of it. */
export const diagram = (root: MachineState): string[] => [
  ...nested(root).map((line) => `  ${line}`),
  ...[...new Set(statesIn(root).flatMap(arrows))].map((line) => `  ${line}`),
];

/** Mermaid has one name space for all states, so a nested one is shown by its key and known by its path. */
const idOf = ({ path }: MachineState): string => (path === '' ? 'any' : path.replaceAll('.', '_'));

const nested = (state: MachineState): string[] => [
  ...start(state),
  ...state.children.flatMap((child) => [...declaration(child), ...ending(child)]),
];

const declaration = (state: MachineState): string[] => {
  const alias = idOf(state) === state.node.key ? [] : [`state "${state.node.key}" as ${idOf(state)}`];
  if (state.children.length === 0) return alias;
  return [...alias, `state ${idOf(state)} {`, ...nested(state).map((line) => `  ${line}`), '}'];
};

const start = (state: MachineState): string[] => {
  const initial = initialOf(state);
  return initial ? [`[*] --> ${idOf(initial)}`] : [];
};

const ending = (state: MachineState): string[] =>
  state.node.type === 'final' ? [`${idOf(state)} --> [*]`] : [];

const arrows = (state: MachineState): string[] =>
  transitionsOf(state)
    .filter((transition) => !isIdle(transition))
    .flatMap((transition) => targetsOf(transition, state).map((to) => arrow(state, transition, to)));

const arrow = (from: MachineState, transition: Transition, to: MachineState): string => {
  const guard = guardName(transition.guard);
  const label = `${eventName(transition)}${guard === undefined ? '' : ` [${guard}]`}`;
  return `${idOf(from)} --> ${idOf(to)}: ${label}`;
};

const guardName = (guard: unknown): string | undefined => {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'function') return guard.name;
  return typeof guard === 'object' && guard !== null && 'type' in guard ? String(guard.type) : undefined;
};

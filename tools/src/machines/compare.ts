import type { Edge, MachineState, Transition } from './definition.ts';
import {
  ancestry,
  eventName,
  initialOf,
  isIdle,
  livingLeaves,
  showEdge,
  statesIn,
  targetsOf,
  transitionsOf,
} from './definition.ts';
import type { Drawing, DrawnLine } from './drawing.ts';

/**
 * Where the drawing and the machine differ. Both are spelled out to single leaves first, so that a drawing may say
 * `any`, or name a parent, where the machine declares a transition once for all, and the other way round.
 */
export const compare = (drawing: Drawing, root: MachineState): string[] => {
  const problems = [
    ...drawing.unread.map((line) => `cannot read "${line}"`),
    ...drawing.lines.flatMap((line) => unknownStates(line, root)),
  ];
  if (problems.length > 0) return problems;
  const drawn = new Set(drawing.lines.flatMap((line) => drawnEdges(line, root)).map(showEdge));
  const declared = new Set(livingLeaves(root).flatMap(leafEdges).map(showEdge));
  return [
    ...[...drawn]
      .filter((edge) => !declared.has(edge))
      .map((edge) => `draws ${edge}, which the machine does not have`),
    ...[...declared].filter((edge) => !drawn.has(edge)).map((edge) => `does not draw ${edge}`),
  ];
};

const unknownStates = ({ from, to }: DrawnLine, root: MachineState): string[] => [
  ...[...from, to].filter((name) => !stateNamed(root, name)).map((name) => `names the unknown state ${name}`),
  ...from.filter((name) => isOver(root, name)).map((name) => `draws a way out of ${name}, where all is over`),
];

const isOver = (root: MachineState, name: string): boolean => {
  const state = stateNamed(root, name);
  return state !== undefined && livingLeaves(state).length === 0;
};

/** A state by its dotted path, by its own name where only one has it, or `any` for all. */
const stateNamed = (root: MachineState, name: string): MachineState | undefined => {
  if (name === 'any' || name === '*') return root;
  const states = statesIn(root).slice(1);
  const sameKey = states.filter(({ node }) => node.key === name);
  return states.find(({ path }) => path === name) ?? (sameKey.length === 1 ? sameKey[0] : undefined);
};

const drawnEdges = ({ from, events, to }: DrawnLine, root: MachineState): Edge[] => {
  const target = stateNamed(root, to) ?? root;
  const leaves = from.flatMap((name) => livingLeaves(stateNamed(root, name) ?? root));
  return leaves.flatMap((leaf) =>
    events.map((event) => ({ from: leaf.path, event, to: landing(leaf, target).path })),
  );
};

/** All that can happen in a leaf: its own transitions, and those of its parents that nothing nearer takes for certain. */
const leafEdges = (leaf: MachineState): Edge[] => {
  const taken = new Set<string>();
  return ancestry(leaf).flatMap((state) => {
    const open = transitionsOf(state).filter((transition) => !taken.has(eventName(transition)));
    for (const transition of open) if (transition.guard === undefined) taken.add(eventName(transition));
    return open
      .filter((transition) => !isIdle(transition))
      .flatMap((transition) => edgesFrom(leaf, transition));
  });
};

const edgesFrom = (leaf: MachineState, transition: Transition): Edge[] =>
  targetsOf(transition, leaf).map((target) => ({
    from: leaf.path,
    event: eventName(transition),
    to: landing(leaf, target).path,
  }));

/** Where one ends up: to go to oneself or to a parent is to stay, and to go to a compound state is to enter its initial one. */
const landing = (leaf: MachineState, target: MachineState): MachineState => {
  if (ancestry(leaf).includes(target)) return leaf;
  const inner = initialOf(target);
  return inner ? landing(leaf, inner) : target;
};

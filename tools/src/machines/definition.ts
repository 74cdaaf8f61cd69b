/** What a state node of XState 5 looks like; only what is read here. */
export interface StateNode {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly states: Readonly<Record<string, StateNode>>;
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly always?: readonly Transition[] | undefined;
  readonly initial?: { readonly target?: readonly StateNode[] | undefined } | undefined;
}

export interface Transition {
  readonly eventType: string;
  readonly target?: readonly StateNode[] | undefined;
  readonly actions: readonly unknown[];
  readonly guard?: unknown;
}

/** A state with its dotted path below the root; the root's own path is empty. */
export interface MachineState {
  readonly path: string;
  readonly node: StateNode;
  readonly parent: MachineState | undefined;
  readonly children: readonly MachineState[];
}

/** One way from a state to another, both as dotted paths. */
export interface Edge {
  readonly from: string;
  readonly event: string;
  readonly to: string;
}

export const showEdge = ({ from, event, to }: Edge): string => `${from} --${event}--> ${to}`;

/** The whole machine as a tree of states. */
export const stateTree = (node: StateNode, parent?: MachineState): MachineState => {
  const path = parent ? [parent.path, node.key].filter(Boolean).join('.') : '';
  const children: MachineState[] = [];
  const state = { path, node, parent, children };
  children.push(...Object.values(node.states).map((child) => stateTree(child, state)));
  return state;
};

/** The state and all below it. */
export const statesIn = (state: MachineState): MachineState[] => [state, ...state.children.flatMap(statesIn)];

/** The leaves at or below a state in which something can still happen. */
export const livingLeaves = (state: MachineState): MachineState[] =>
  statesIn(state).filter(({ node, children }) => children.length === 0 && node.type !== 'final');

/** The state and all above it, the root last. */
export const ancestry = (state: MachineState): MachineState[] =>
  state.parent ? [state, ...ancestry(state.parent)] : [state];

export const rootOf = (state: MachineState): MachineState => ancestry(state).at(-1) ?? state;

/** The state of a node of the same machine. */
export const stateOf = (root: MachineState, node: StateNode): MachineState => {
  const found = statesIn(root).find((state) => state.node.id === node.id);
  if (!found) throw new Error(`no state has the id ${node.id}`);
  return found;
};

/** The child that a compound state enters first. */
export const initialOf = (state: MachineState): MachineState | undefined => {
  const [first] = state.node.type === 'compound' ? (state.node.initial?.target ?? []) : [];
  return first && stateOf(rootOf(state), first);
};

/** Every transition that a state declares, the eventless ones last. */
export const transitionsOf = ({ node }: MachineState): Transition[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
];

/** Where a transition leads; one without a target stays in `from`. */
export const targetsOf = ({ target }: Transition, from: MachineState): MachineState[] =>
  target?.map((node) => stateOf(rootOf(from), node)) ?? [from];

/** A transition that neither moves nor acts says that the event is ignored on purpose; there is nothing to draw. */
export const isIdle = ({ target, actions }: Transition): boolean => !target && actions.length === 0;

export const eventName = ({ eventType }: Transition): string => (eventType === '' ? 'always' : eventType);

import type { StepKind, StepTask, WorkflowSpec, WorkflowStep } from '@precedent/contract-types';
import { formatDuration, ownValue } from '@precedent/kernel';
import { cycleIn } from '../check/step-graph.ts';
import { stepKind, needsOf } from '../step.ts';
import type { PlannedNeed } from '../step.ts';

/** What each step of a run is: `waiting`, `open`, or how it ended. */
export type StepStates = Readonly<Record<string, string>>;

export interface GraphStep {
  readonly name: string;
  readonly kind: StepKind;
  /** What it does, in a few words. */
  readonly does: string;
  readonly state: string | undefined;
}

export interface GraphNeed {
  readonly from: string;
  readonly to: string;
  /** What has to be, where it is not that the step completed; such as `failure`, or the branch of a choice. */
  readonly label: string | undefined;
  readonly isOptional: boolean;
}

/** A workflow as it is drawn: each step behind those that it needs. */
export interface WorkflowGraph {
  readonly steps: readonly GraphStep[];
  readonly needs: readonly GraphNeed[];
}

/** Throws where steps wait for each other. */
export const graphOf = (spec: WorkflowSpec, states: StepStates = {}): WorkflowGraph => {
  const cycle = cycleIn(spec);
  if (cycle !== undefined) throw new Error(`these steps wait for each other: ${cycle.join(' → ')}`);
  const steps = inOrder(spec).map((name) => stepOf(name, ownValue(spec.steps, name) ?? {}, states[name]));
  const needs = steps.flatMap(({ name: to }) =>
    knownNeeds(spec, to).map((need) => ({
      from: need.step,
      to,
      label: need.branch ?? (need.on === 'ok' || need.on === 'success' ? undefined : need.on),
      isOptional: need.optional === true,
    })),
  );
  return { steps, needs };
};

const knownNeeds = (spec: WorkflowSpec, name: string): readonly PlannedNeed[] =>
  needsOf(ownValue(spec.steps, name) ?? {}).filter(({ step }) => ownValue(spec.steps, step) !== undefined);

/** By the length of the longest way to a step; those of the same length as they are written. */
const inOrder = (spec: WorkflowSpec): readonly string[] => {
  const depths = new Map<string, number>();
  const open = Object.keys(spec.steps).toReversed();
  for (let name = open.at(-1); name !== undefined; name = open.at(-1)) {
    const needed = knownNeeds(spec, name).map(({ step }) => step);
    const first = needed.filter((step) => !depths.has(step));
    if (first.length > 0) {
      open.push(...first);
      continue;
    }
    open.pop();
    depths.set(name, Math.max(-1, ...needed.map((step) => depths.get(step) ?? 0)) + 1);
  }
  const depth = (name: string): number => depths.get(name) ?? 0;
  return Object.keys(spec.steps).toSorted((one, other) => depth(one) - depth(other));
};

const stepOf = (name: string, step: WorkflowStep, state: string | undefined): GraphStep => {
  const kind = stepKind(step);
  return { name, kind, does: [DOES[kind](step), whenText(step)].filter(Boolean).join(', '), state };
};

const whenText = ({ when }: WorkflowStep): string => (when === undefined ? '' : `when ${when}`);

const DOES: Readonly<Record<StepKind, (step: WorkflowStep) => string>> = {
  task: ({ task }) => taskText(task),
  choice: ({ choice = {} }) => Object.keys(choice).join(' | '),
  map: ({ map }) => `${taskText(map?.task)} for each of ${overText(map?.over)}`,
  repeat: ({ repeat }) => `${taskText(repeat?.task)} until ${repeat?.until}`,
  child: ({ child }) => `workflow ${child?.workflow}`,
  approval: ({ approval }) => `by ${approval?.count ?? 1} of ${approval?.by?.join(', ') ?? 'all'}`,
  signal: ({ signal }) => signal?.name ?? '',
  sleep: ({ sleep = 0 }) => formatDuration(sleep),
};

const taskText = ({ command, args = [], type = '' }: StepTask = {}): string =>
  command === undefined ? type : [command, ...args].join(' ');

const overText = (over: NonNullable<WorkflowStep['map']>['over'] = ''): string =>
  typeof over === 'string' ? over : `${over.from} to ${over.to - 1}`;

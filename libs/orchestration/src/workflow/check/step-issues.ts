import type { StepTask, WorkflowSpec, WorkflowStep } from '@precedent/contract-types';
import { ownValue } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { neededOf } from '../../join.ts';
import { stepKind, needsOf } from '../step.ts';
import type { PlannedNeed } from '../step.ts';
import { unknownStep } from './expression-issues.ts';

type Issues = readonly Issue[];

/** What is wrong with one step, apart from its expressions. Fields begin within the step. */
export const stepIssues = (step: WorkflowStep, spec: WorkflowSpec): Issues => [
  ...needIssues(needsOf(step), spec),
  ...joinIssues(step),
  ...compensationIssues(step),
  ...mapIssues(step),
  ...approvalIssues(step),
  ...(step.signal?.onTimeout !== undefined && step.signal.timeout === undefined
    ? [{ field: 'signal.onTimeout', message: 'has no effect without timeout' }]
    : []),
  ...TASKS.flatMap(([field, taskOf]) => taskIssues(field, taskOf(step))),
];

const needIssues = (needs: readonly PlannedNeed[], spec: WorkflowSpec): Issues => {
  const seen = new Map<string, number>();
  return needs.flatMap((need, index) => {
    const field = `needs.${index}`;
    const key = [need.step, need.on, need.branch].join(' ');
    const before = seen.get(key);
    if (before !== undefined)
      return [{ field, message: `is the same as needs.${before}: ${need.on} of ${need.step}` }];
    seen.set(key, index);
    const message = needProblem(need, spec);
    return message === undefined ? [] : [{ field, message }];
  });
};

const needProblem = ({ step, branch }: PlannedNeed, spec: WorkflowSpec): string | undefined => {
  const needed = ownValue(spec.steps, step);
  if (needed === undefined) return unknownStep(step, spec);
  if (branch === undefined) return undefined;
  if (needed.choice === undefined) return `step ${step} is no choice, so it has no branch ${branch}`;
  const branches = Object.keys(needed.choice);
  return branches.includes(branch)
    ? undefined
    : `the choice ${step} has no branch ${branch}; expected ${branches.join(', ')}`;
};

const joinIssues = (step: WorkflowStep): Issues => {
  const { join } = step;
  if (join === undefined) return [];
  const required = needsOf(step).filter(({ optional }) => !optional).length;
  if (needsOf(step).length === 0) return [{ field: 'join', message: 'there are no needs to join' }];
  const needed = neededOf(join, required);
  return needed <= required
    ? []
    : [{ field: 'join', message: `expects ${needed} of the ${required} needs that are not optional` }];
};

const UNDONE: ReadonlySet<string> = new Set(['task', 'map', 'repeat', 'child']);

const compensationIssues = (step: WorkflowStep): Issues => {
  const kind = stepKind(step);
  if (step.compensate === undefined || UNDONE.has(kind)) return [];
  const message = `a step of the kind ${kind} does nothing that could be undone; expected task, map, repeat or child`;
  return [{ field: 'compensate', message }];
};

const mapIssues = ({ map }: WorkflowStep): Issues => {
  if (map === undefined || typeof map.over === 'string') return [];
  const count = map.over.to - map.over.from;
  const max = map.max ?? RANGE_MAX;
  return count <= max
    ? []
    : [{ field: 'map.over', message: `has ${count} items; at most ${max} are allowed` }];
};

/** As long as the longest list. */
const RANGE_MAX = 100_000;

const approvalIssues = ({ approval }: WorkflowStep): Issues => {
  const { by, count = 1, onExpiry, expires } = approval ?? {};
  const issues: Issue[] = [];
  const people = new Set(by).size;
  if (by !== undefined && count > people)
    issues.push({ field: 'approval.count', message: `${count} have to approve, and only ${people} may` });
  if (onExpiry !== undefined && expires === undefined)
    issues.push({ field: 'approval.onExpiry', message: 'has no effect without expires' });
  return issues;
};

const TASKS: readonly (readonly [field: string, of: (step: WorkflowStep) => StepTask | undefined])[] = [
  ['task', ({ task }) => task],
  ['map.task', ({ map }) => map?.task],
  ['repeat.task', ({ repeat }) => repeat?.task],
  ['compensate', ({ compensate }) => compensate],
];

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Values of expressions become members of the payload, and variables of a command. */
const taskIssues = (field: string, task: StepTask | undefined): Issues => {
  if (task?.with === undefined) return [];
  const { payload, command } = task;
  if (command !== undefined)
    return Object.keys(task.with)
      .filter((name) => !VARIABLE.test(name))
      .map((name) => ({
        field: `${field}.with.${name}`,
        message: 'is no name of a variable, which a command gets it as',
      }));
  const isObject =
    payload === undefined || (typeof payload === 'object' && payload !== null && !Array.isArray(payload));
  return isObject
    ? []
    : [{ field: `${field}.payload`, message: 'has to be an object where there is `with`' }];
};

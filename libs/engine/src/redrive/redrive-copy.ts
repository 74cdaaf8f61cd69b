import { BULK_TYPE, DELIVERY_TYPE, REDRIVABLE, REDRIVE_LIMITS, isVerdict } from '@precedent/contract-types';
import type { Dependency, RedriveOf, RedriveOptions } from '@precedent/contract-types';
import { mergePatch } from '@precedent/kernel';
import type { Issue, Problem } from '@precedent/kernel';
import { redriveIdOf } from '@precedent/ports';
import type { CheckSpec } from '@precedent/ports';
import { publicStateOf, redriveIn, submissionOf } from '@precedent/tasks';
import type { Submission, TaskRow } from '@precedent/tasks';

/** What the copies of a request have in common. */
export interface CopyOptions extends RedriveOptions {
  /** The bulk task that submits them. */
  readonly bulk?: string | undefined;
  /** Absent: a copy is not edited. */
  readonly checkSpec?: CheckSpec | undefined;
  /** The id of the task to depend on in place of another one. */
  readonly renamed: (id: string) => string;
}

export type Copy = { readonly task: Submission } | { readonly error: Problem };

/** The task that repeats a settled one, as it is submitted; or why there is none. */
export const copyOf = (row: TaskRow, options: CopyOptions): Copy => {
  const error = refusalOf(row);
  if (error !== undefined) return { error };
  const { redriveOf, ...own } = submissionOf(row.class, row.body);
  const edited = options.edit === undefined ? { task: own } : editedBy(options.edit, own, options.checkSpec);
  if ('error' in edited) return edited;
  const { task } = edited;
  const dependsOn = task.dependsOn?.map((edge) => withTask(edge, options.renamed(edge.task)));
  return {
    task: {
      ...task,
      ...(dependsOn && { dependsOn }),
      id: redriveIdOf(row.id),
      namespace: row.class.namespace,
      security: row.class.security,
      redriveOf: linkTo(row.id, redriveOf, options),
    },
  };
};

/** The members in the order of RFC 8785. */
const linkTo = (task: string, before: RedriveOf | undefined, { bulk, keepKeys }: CopyOptions): RedriveOf => ({
  ...(bulk !== undefined && { bulk }),
  ...(keepKeys && { keys: before?.keys ?? task }),
  task,
  times: (before?.times ?? 0) + 1,
});

const withTask = (edge: Dependency, task: string): Dependency =>
  edge.task === task ? edge : { ...edge, task };

/** Why a task is not run again; `undefined` when it may be. */
const refusalOf = (row: TaskRow): Problem | undefined => {
  const { id, class: kind, body } = row;
  const state = publicStateOf(row);
  if (!isVerdict(state))
    return { code: 'TASK_ACTIVE', message: `task ${id} is ${state}: it has no verdict yet` };
  if (!REDRIVABLE.some((one) => one === state)) {
    const message = `task ${id} is ${state}: only a task that is ${REDRIVABLE.join(', ')} runs again`;
    return { code: 'TASK_SETTLED', message };
  }
  if (OWN_TYPES.includes(kind.type))
    return invalid('id', `task ${id} has the type ${kind.type}, which is not submitted by callers`);
  const times = redriveIn(body)?.times ?? 0;
  return times >= REDRIVE_LIMITS.times ? exhausted(id, times) : undefined;
};

const OWN_TYPES: readonly string[] = [BULK_TYPE, DELIVERY_TYPE];

const exhausted = (id: string, times: number): Problem => ({
  code: 'REDRIVES_EXHAUSTED',
  message: `task ${id} is repetition ${times} of ${REDRIVE_LIMITS.times} already`,
  details: { times, limit: REDRIVE_LIMITS.times },
});

/** They say which task it is, and for whom. */
const FIXED: readonly string[] = [
  'id',
  'namespace',
  'security',
  'signature',
  'idempotencyKey',
  'origin',
  'redriveOf',
  'traceparent',
];

const editedBy = (
  edit: Readonly<Record<string, unknown>>,
  own: Submission,
  checkSpec: CheckSpec | undefined,
): Copy => {
  const fixed = Object.keys(edit).find((name) => FIXED.includes(name));
  if (fixed !== undefined) return { error: invalid(`edit.${fixed}`, 'stays as it is in a repetition') };
  if (checkSpec === undefined) return { error: invalid('edit', 'this engine edits no task') };
  const checked = checkSpec(mergePatch(specOf(own), edit));
  return 'task' in checked ? checked : { error: ofEdit(checked.problem) };
};

/** As a client would write it: the grace is of the configuration. */
const specOf = ({ timeouts = {}, ...own }: Submission): object => {
  const { grace: _, ...limits } = timeouts;
  return { ...own, timeouts: limits };
};

const ofEdit = ({ issues, ...problem }: Problem): Problem => ({
  ...problem,
  message: `the edited task is not valid: ${problem.message}`,
  ...(issues && { issues: issues.map(({ field, message }): Issue => ({ field: `edit.${field}`, message })) }),
});

const invalid = (field: string, message: string): Problem => ({
  code: 'INVALID_REQUEST',
  message: `${field}: ${message}`,
  issues: [{ field, message }],
});

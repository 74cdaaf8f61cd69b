import type { JobBody, RedriveOf, TaskView } from '@precedent/contract-types';
import type { Submission, TaskClass } from './task-class.ts';

/** A task as it would be submitted once more, from its class and its body: without what only the first submission had. */
export const submissionOf = (kind: TaskClass, body: string): Submission & { readonly namespace: string } => {
  const { traceparent: _, ...own } = JSON.parse(body) as JobBody;
  const { by: __, ...rest } = kind;
  return { ...rest, ...own };
};

/** Which task a task repeats. */
export const redriveIn = (body: string): JobBody['redriveOf'] =>
  // Most tasks repeat none, and their bodies are not parsed for that.
  body.includes('"redriveOf":') ? (JSON.parse(body) as JobBody).redriveOf : undefined;

/** What clients see of that. */
export const shownRedrive = ({ bulk, task, times }: RedriveOf): NonNullable<TaskView['redriveOf']> => ({
  ...(bulk !== undefined && { bulk }),
  task,
  times,
});

import type { Submission, TaskRow } from '@precedent/tasks';

/**
 * The submission of a step's task: what the definition says, in the namespace of the run and on behalf of its submitter, and with its project, band
 * and security label where the definition names none.
 */
export const stepTaskOf = (run: TaskRow, task: Readonly<Record<string, unknown>>): Submission => {
  const { namespace, project, band, pool, security, by } = run.class;
  const { traceparent } = JSON.parse(run.body) as { readonly traceparent?: string };
  return {
    project,
    band,
    pool,
    ...(traceparent !== undefined && { traceparent }),
    ...task,
    namespace,
    ...(security !== undefined && { security }),
    ...(by !== undefined && { by: { name: by.name, credential: by.credential } }),
  } as Submission;
};

import type { RejectedRecord, TaskClass, TaskDefaults } from '@precedent/tasks';

/** The class of the row of an invalid message: nothing that the message says about itself can be trusted. */
export const rejectedClass = (
  { band, namespace }: Pick<RejectedRecord, 'band' | 'namespace'>,
  defaults: TaskDefaults,
): TaskClass => ({
  namespace: namespace ?? defaults.namespace,
  project: defaults.project,
  type: 'unknown',
  band,
  pool: defaults.pool,
  labels: {},
  resources: {},
  timeouts: defaults.timeouts[band],
  retry: defaults.retry,
});

import type { Band } from '@precedent/kernel';
import type { TaskClass, TaskDefaults } from '@precedent/tasks';

/** The class under which a bad message is kept: nothing it says of itself can be trusted. */
export const rejectedClass = (band: Band, defaults: TaskDefaults): TaskClass => ({
  namespace: defaults.namespace,
  project: defaults.project,
  type: 'unknown',
  band,
  pool: defaults.pool,
  labels: {},
  resources: {},
  timeouts: defaults.timeouts[band],
  retry: defaults.retry,
});

import type { TaskClass } from '@precedent/tasks';

/** Of the tasks in journals that are written by hand. */
export const CLASS: TaskClass = {
  namespace: 'default',
  project: 'p',
  type: 'command',
  band: 'low',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
};

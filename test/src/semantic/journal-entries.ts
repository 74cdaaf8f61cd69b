import { EnvelopeWriter } from '@precedent/tasks';
import type { JournalRecord, TaskClass } from '@precedent/tasks';

/** The class of the tasks in journals that tests write. */
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

/** The text of a journal entry of the first epoch. `at`: epoch milliseconds. */
export const entryOf = (records: readonly JournalRecord[], at = 1): string => {
  const writer = new EnvelopeWriter();
  for (const record of records) writer.add(record);
  return writer.finish(1, at);
};

import type { JournalRecord, TaskClass } from '@precedent/tasks';
import type { TaskFacts } from '../facts.ts';
import { TaskFactsProjection } from './task-facts-projection.ts';

const CLASS: TaskClass = {
  namespace: 'default',
  project: 'shop',
  type: 'command',
  band: 'low',
  pool: 'default',
  labels: { version: '1.4.2' },
  resources: { memoryMb: 256 },
  timeouts: { queue: 0, attempt: 60_000, total: 0, heartbeat: 0, grace: 2_000 },
  retry: { max: 3, delay: 1_000, backoff: 2, maxDelay: 60_000, jitter: 0, nonRetryable: [] },
};
const BODY = {
  name: 'nightly import',
  command: 'import',
  args: ['--all'],
  env: { TOKEN: 's3cret' },
  payload: { rows: 4 },
};

export const submitted = (id: string, at = 1_000): JournalRecord => ({
  kind: 'submitted',
  id,
  at,
  class: CLASS,
  body: JSON.stringify(BODY),
});
export const leased = (id: string, at: number, worker = 'w1'): JournalRecord => ({
  kind: 'leased',
  id,
  at,
  worker,
  session: 's',
  epoch: 1,
});
export const FAILED = {
  code: 'COMMAND_FAILED',
  message: 'command exited with code 2',
  details: { exitCode: 2 },
} as const;
export const retrying = (id: string, at: number): JournalRecord => ({
  kind: 'retrying',
  id,
  at,
  dueAt: at,
  error: FAILED,
});
export const completed = (id: string, at: number): JournalRecord => ({
  kind: 'settled',
  id,
  at,
  state: 'completed',
  result: { rows: 4 },
});

export const factsOf = (records: readonly JournalRecord[]): TaskFacts => {
  const projection = new TaskFactsProjection(new Map());
  for (const record of records) projection.apply(record);
  const [facts] = projection.take().changed;
  if (facts === undefined) throw new Error('no facts have changed');
  return facts;
};

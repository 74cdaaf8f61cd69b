import fc from 'fast-check';
import { BANDS } from '@precedent/kernel';
import type { PreemptionOptions, RetryPolicy, TaskClass } from './task-class.ts';
import type { PreemptMode } from './task-state.ts';
import type { PreemptionOrder } from './attempts.ts';
import { RowsWriter, decodeRow, readSnapshotEntry } from './snapshot/snapshot-format.ts';
import type { TaskContext } from './task-context.ts';
import { TaskRow } from './task-row.ts';
import type { TaskRowFields } from './task-row.ts';

export const aPolicy = (given: Partial<RetryPolicy> = {}): RetryPolicy => ({
  max: 2,
  delay: 1_000,
  backoff: 2,
  maxDelay: 60_000,
  jitter: 0,
  nonRetryable: [],
  ...given,
});

export const aClass = (given: Partial<TaskClass> = {}): TaskClass => ({
  namespace: 'default',
  project: 'shop',
  type: 'email.send',
  band: 'normal',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 10_000 },
  retry: aPolicy(),
  ...given,
});

export const aRow = (given: Partial<TaskRowFields> = {}): TaskRow =>
  new TaskRow({ id: 'T1', class: aClass(), body: '{}', order: 1, at: 1_000, ...given });

/** A row as it comes back from a snapshot. */
export const reloaded = (row: TaskRow): TaskRow => {
  const writer = new RowsWriter();
  writer.add(row, 1_000_000);
  const entry = readSnapshotEntry(writer.finish(1), 1);
  if (entry.kind !== 'rows') throw new Error(`the entry is of kind ${entry.kind}`);
  const [[tuple], [taskClass]] = [entry.rows, entry.classes];
  if (tuple === undefined || taskClass === undefined) throw new Error('the entry has no row');
  return decodeRow(tuple, taskClass);
};

export const aContext = (given: Partial<TaskContext> = {}): TaskContext => ({
  id: 'T1',
  retry: aPolicy(),
  timeouts: aClass().timeouts,
  attempt: 0,
  retries: 0,
  losses: 0,
  epoch: 0,
  worker: undefined,
  stop: undefined,
  preemptions: 0,
  resuming: false,
  ...given,
});

/** An order to a victim to give up its slot. */
export const anOrder = (given: Partial<PreemptionOrder> = {}): PreemptionOrder => ({
  decision: 'D1',
  mode: 'at_checkpoint',
  deadline: 8_000,
  ...given,
});

/** What JSON makes of a value: the form in which everything comes back from the journal. */
export const viaJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export const json = fc.jsonValue({ maxDepth: 2 }).map(viaJson);

export const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  max: fc.integer({ min: 0, max: 3 }),
  delay: fc.nat(5_000),
  backoff: fc.integer({ min: 1, max: 10 }),
  maxDelay: fc.nat(60_000),
  jitter: fc.constantFrom(0, 0.5, 1),
  nonRetryable: fc.subarray(['HANDLER_FAILED', 'ATTEMPT_TIMEOUT', 'HEARTBEAT_TIMEOUT']),
});

export const modes: fc.Arbitrary<PreemptMode> = fc.constantFrom(
  'delay',
  'at_checkpoint',
  'suspend',
  'immediate',
);

const preemptionOptions: fc.Arbitrary<PreemptionOptions> = fc.record(
  {
    mode: fc.oneof(modes, fc.constant('never' as const)),
    checkpointDeadline: fc.nat(60_000),
    maxPreemptions: fc.nat(5),
    preempts: fc.boolean(),
  },
  { requiredKeys: [] },
);

export const classes: fc.Arbitrary<TaskClass> = fc
  .record(
    {
      type: fc.constantFrom('email.send', 'command'),
      band: fc.constantFrom(...BANDS),
      retry: policies,
      preemption: preemptionOptions,
    },
    { requiredKeys: ['type', 'band', 'retry'] },
  )
  .map(aClass);

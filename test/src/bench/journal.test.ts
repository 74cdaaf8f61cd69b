import { EnvelopeWriter } from '@precedent/tasks';
import type { JournalRecord } from '@precedent/tasks';
import { expect, it } from 'vitest';
import { tally } from './journal.ts';

const CLASS = {
  namespace: 'default',
  project: 'default',
  type: 'bench.noop',
  band: 'normal',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
} as const;

const submitted = (id: string): JournalRecord => ({ kind: 'submitted', id, at: 1, class: CLASS, body: '{}' });
const settled = (id: string, state: 'completed' | 'failed' = 'completed'): JournalRecord => ({
  kind: 'settled',
  id,
  at: 2,
  state,
});

const anEntry = (seq: number, ...records: JournalRecord[]) => {
  const writer = new EnvelopeWriter();
  for (const record of records) writer.add(record);
  return { seq, at: seq * 1_000, text: writer.finish(1, 1) };
};

it('the journal count has each task once, and the time of the last verdict', () => {
  const entries = [
    anEntry(1, submitted('a'), submitted('b')),
    anEntry(2, settled('a'), settled('b')),
    anEntry(3, submitted('c')),
  ];
  expect(tally(entries)).toEqual({
    records: 5,
    submitted: 3,
    completedOnce: 2,
    odd: 0,
    lastSettledAt: 2_000,
  });
});

it.each([
  ['a second verdict', [submitted('a'), settled('a'), settled('a')]],
  ['a failure', [submitted('a'), settled('a', 'failed')]],
  ['a verdict for a task that was never submitted', [settled('a')]],
])('finds %s', (_, records) => {
  expect(tally([anEntry(1, ...records)])).toMatchObject({ completedOnce: 0, odd: 1 });
});

import type { JournalRecord } from './records.ts';
import { aClass, aPolicy } from './task.arbitraries.ts';

const email = aClass({ labels: { team: 'growth' }, retry: aPolicy({ nonRetryable: ['TypeError'] }) });
const build = aClass({
  type: 'command',
  band: 'critical',
  resources: { cpu: 2, memoryMb: 512, labels: { os: 'linux' } },
  timeouts: { queue: 60_000, attempt: 300_000, total: 3_600_000, heartbeat: 5_000, grace: 10_000 },
});
export const tuned = aClass({
  band: 'low',
  preemption: {
    mode: 'at_checkpoint',
    checkpointDeadline: 40,
    exempt: 0,
    maxPreemptions: 9,
    preempts: false,
  },
});
const body = { name: 'Grüße 👋', payload: { to: ['a@example.org'], nested: [1, 2.5, null, true, ''] } };
const command = {
  command: 'make',
  args: ['-j', 'all'],
  cwd: '/srv',
  env: { CI: '1' },
  traceparent: '00-ab-cd-01',
};
export const boom = {
  code: 'HANDLER_FAILED',
  message: 'x is "undefined"',
  details: { stack: 'at f\n' },
} as const;

export const checkpoint = {
  kind: 'checkpoint',
  epoch: 1,
  seq: 1,
  at: 3_020,
  hash: 'ab'.repeat(32),
  version: '2',
  bytes: 17,
  state: { page: 3, 'ß"': [null] },
  fraction: 0.25,
} as const;
const large = {
  ...checkpoint,
  seq: 2,
  at: 3_030,
  hash: 'cd'.repeat(32),
  bytes: 90_000,
  ref: 'blob-1',
} as const;
const { state: _, fraction: __, ...stored } = large;
export const inStore = stored;
export const rollback = {
  kind: 'undo',
  epoch: 1,
  seq: 3,
  name: 'delete "x"',
  payload: { path: '/tmp/x' },
} as const;
const decision = { at: 3_050, decision: { outcome: 'preempt', victims: ['E'] }, snapshot: { now: 3_050 } };

/** E is preempted and goes on; F finishes in its grace, G fails in it, H keeps its slot, I yields without being a victim. */
const VICTIMS: readonly JournalRecord[] = [
  ...['E', 'F', 'G', 'H', 'I'].map((id) => {
    const victim = id === 'E' ? tuned : email;
    return { kind: 'submitted', id, at: 3_000, class: victim, body: '{}' } as const;
  }),
  ...['E', 'F', 'G', 'H', 'I'].map(
    (id) => ({ kind: 'leased', id, at: 3_010, worker: 'w-1', session: 'S1', epoch: 1 }) as const,
  ),
  { kind: 'kept', id: 'E', at: 3_020, step: checkpoint },
  { kind: 'kept', id: 'E', at: 3_030, step: inStore },
  { kind: 'kept', id: 'E', at: 3_040, step: rollback },
  { kind: 'kept', id: 'E', at: 3_041, step: { kind: 'undo', epoch: 1, seq: 4, name: 'b' } },
  { kind: 'decided', id: 'P', at: 3_050, decision: 'D1', record: decision },
  ...['E', 'F', 'G', 'H'].map(
    (id) =>
      ({
        kind: 'preempting',
        id,
        at: 3_050,
        decision: 'D1',
        mode: 'at_checkpoint',
        deadline: 3_090,
      }) as const,
  ),
  { kind: 'settled', id: 'F', at: 3_060, state: 'completed', end: 'finished_in_grace' },
  { kind: 'retrying', id: 'G', at: 3_070, dueAt: 4_070, error: boom, end: 'failed_in_grace' },
  { kind: 'spared', id: 'H', at: 3_090 },
  { kind: 'preempting', id: 'E', at: 3_090, decision: 'D1', mode: 'immediate', deadline: 3_095 },
  { kind: 'preempted', id: 'E', at: 3_095, end: 'killed', dueAt: 4_095 },
  { kind: 'requeued', id: 'I', at: 3_096, why: 'yielded' },
  { kind: 'due', id: 'E', at: 4_095 },
  { kind: 'leased', id: 'E', at: 4_100, worker: 'w-2', session: 'S2', epoch: 2 },
  { kind: 'kept', id: 'E', at: 4_110, step: { kind: 'undone', epoch: 2, of: 4, ofEpoch: 1 } },
  { kind: 'kept', id: 'E', at: 4_120, step: { kind: 'undone', epoch: 2, of: 3, ofEpoch: 1, error: boom } },
];

export const RECORDS: readonly JournalRecord[] = [
  { kind: 'epoch', at: 1_000, epoch: 3, owner: 'engine-a' },
  { kind: 'submitted', id: 'A', at: 1_001, class: email, body: JSON.stringify(body), key: 'order "7"' },
  { kind: 'submitted', id: 'B', at: 1_002, class: build, body: JSON.stringify(command), expiresAt: 9_000 },
  { kind: 'submitted', id: 'C', at: 1_003, class: email, body: '{}' },
  { kind: 'submitted', id: 'D', at: 1_003, class: email, body: '{}', key: 'k', expiresAt: 9_001 },
  {
    kind: 'rejected',
    id: 'R',
    at: 1_004,
    band: 'low',
    error: {
      code: 'INVALID_TASK',
      message: 'a task needs a type',
      issues: [{ field: 'type', message: 'missing' }],
    },
    excerpt: '{"tpye":"x"}',
  },
  { kind: 'leased', id: 'A', at: 1_010, worker: 'w-1', session: 'S1', epoch: 1 },
  { kind: 'leased', id: 'B', at: 1_010, worker: 'w-1', session: 'S1', epoch: 1 },
  { kind: 'leased', id: 'C', at: 1_011, worker: 'w-2', session: 'S2', epoch: 1 },
  { kind: 'settled', id: 'A', at: 1_020, state: 'completed', result: { sent: true } },
  { kind: 'stopping', id: 'B', at: 1_030, stop: 'heartbeat' },
  { kind: 'retrying', id: 'B', at: 1_031, dueAt: 2_031, error: boom },
  { kind: 'due', id: 'B', at: 2_031 },
  { kind: 'leased', id: 'B', at: 2_040, worker: 'w-2', session: 'S2', epoch: 2 },
  { kind: 'requeued', id: 'C', at: 2_050, why: 'lost' },
  { kind: 'leased', id: 'C', at: 2_051, worker: 'w-1', session: 'S1', epoch: 2 },
  { kind: 'requeued', id: 'C', at: 2_052, why: 'returned' },
  { kind: 'leased', id: 'D', at: 2_060, worker: 'w-1', session: 'S1', epoch: 1 },
  { kind: 'settled', id: 'D', at: 2_061, state: 'completed' },
  { kind: 'stopping', id: 'B', at: 2_070, stop: 'cancel', reason: 'not "needed"\n' },
  {
    kind: 'settled',
    id: 'B',
    at: 2_080,
    state: 'cancelled',
    error: { code: 'CANCELLED', message: 'cancelled: no' },
  },
  ...VICTIMS,
];

/** Version 2: J is frozen and goes on, K is frozen still, L is frozen for too long. */
export const FROZEN: readonly JournalRecord[] = [
  ...['J', 'K', 'L'].map((id) => ({ kind: 'submitted', id, at: 5_000, class: email, body: '{}' }) as const),
  ...['J', 'K', 'L'].map(
    (id) => ({ kind: 'leased', id, at: 5_010, worker: 'w-1', session: 'S1', epoch: 1 }) as const,
  ),
  ...['J', 'K', 'L'].map(
    (id) =>
      ({ kind: 'preempting', id, at: 5_020, decision: 'D2', mode: 'suspend', deadline: 5_090 }) as const,
  ),
  ...['J', 'K', 'L'].map((id) => ({ kind: 'suspended', id, at: 5_030, until: 5_900 }) as const),
  { kind: 'resumed', id: 'J', at: 5_100 },
  {
    kind: 'preempting',
    id: 'L',
    at: 5_900,
    decision: 'D2',
    mode: 'immediate',
    deadline: 5_990,
    frozen: true,
  },
  { kind: 'preempted', id: 'L', at: 5_910, end: 'aborted', dueAt: 6_910 },
];

/** Version 3: A is deleted, and one that only older readers know. */
export const DELETED: readonly JournalRecord[] = [
  { kind: 'deleted', id: 'A', at: 7_000, namespace: 'default' },
  { kind: 'deleted', id: 'long-ago', at: 7_001, namespace: 'growth' },
];

/** M is assigned ahead twice and starts the second time, N is stopped before it starts, O keeps a step first and P becomes a victim first. */
export const AHEAD: readonly JournalRecord[] = [
  ...['M', 'N', 'O', 'P'].map(
    (id) => ({ kind: 'submitted', id, at: 7_100, class: email, body: '{}' }) as const,
  ),
  ...['M', 'N', 'O', 'P'].map(
    (id) => ({ kind: 'leased', id, at: 7_110, worker: 'w-1', session: 'S1', epoch: 1, ahead: true }) as const,
  ),
  { kind: 'requeued', id: 'M', at: 7_120, why: 'returned' },
  { kind: 'leased', id: 'M', at: 7_130, worker: 'w-2', session: 'S2', epoch: 2, ahead: true },
  { kind: 'stopping', id: 'N', at: 7_140, stop: 'total' },
  { kind: 'kept', id: 'O', at: 7_150, step: { ...checkpoint, at: 7_150 }, ranMs: 30 },
  {
    kind: 'preempting',
    id: 'P',
    at: 7_160,
    decision: 'D3',
    mode: 'delay',
    deadline: 7_999,
    ranMs: 0,
  },
  { kind: 'settled', id: 'M', at: 7_190, state: 'completed', ranMs: 20 },
];

const joined = JSON.stringify({ dependsOn: [{ task: 'A' }, { on: 'failure', task: 'B' }], join: 'any' });
const skipped = { code: 'SKIPPED', message: 'it waited for success of task A, which is failed' } as const;

/** Version 4: Q is ready after its first dependency, S is skipped after both are lost. */
export const DEPENDING: readonly JournalRecord[] = [
  ...['Q', 'S'].map(
    (id) => ({ kind: 'submitted', id, at: 8_000, class: email, edges: 2, body: joined }) as const,
  ),
  { kind: 'ready', id: 'Q', at: 8_010 },
  { kind: 'edge', id: 'S', at: 8_020, edge: 0, met: false, read: { 'result.score': '0.7' } },
  { kind: 'settled', id: 'S', at: 8_030, state: 'skipped', error: skipped },
];

const ofShop = { kind: 'definition', of: 'project', namespace: 'default', name: 'shop' } as const;

/** Version 5: a project is defined, noted, changed and gone. */
export const DEFINED: readonly JournalRecord[] = [
  { ...ofShop, at: 9_000, revision: 1, spec: { bandMax: 'low', weight: 2 }, by: 'ann' },
  { ...ofShop, at: 9_010, status: { seen: 1 } },
  { ...ofShop, at: 9_020, revision: 2, spec: {} },
  { ...ofShop, at: 9_030, gone: true },
];

/** Since version 5: T is moved to another band and back while it waits, U while it runs. */
export const REBANDED: readonly JournalRecord[] = [
  ...['T', 'U'].map((id) => ({ kind: 'submitted', id, at: 9_000, class: email, body: '{}' }) as const),
  { kind: 'leased', id: 'U', at: 9_010, worker: 'w-1', session: 'S1', epoch: 1 },
  { kind: 'rebanded', id: 'T', at: 9_020, band: 'critical', reason: 'the "shop" is down' },
  { kind: 'rebanded', id: 'U', at: 9_030, band: 'low' },
  { kind: 'rebanded', id: 'T', at: 9_040, band: 'normal' },
];

/** Version 5: the conditions on a result were evaluated. */
export const VALIDATED: readonly JournalRecord[] = [
  { kind: 'submitted', id: 'V', at: 9_100, class: { ...email, validate: ['result >= 0.5'] }, body: '{}' },
  { kind: 'leased', id: 'V', at: 9_110, worker: 'w', session: 's', epoch: 1 },
  { kind: 'settled', id: 'V', at: 9_120, state: 'completed', result: 0.7, read: { result: '0.7' } },
];

const ofRun = { kind: 'run', id: 'W', at: 9_200 } as const;
const link = { run: 'W', step: 'a' } as const;

/** Version 5: a run of a workflow with one step, and a key of a limit that is closed for a while. */
export const RUNS: readonly JournalRecord[] = [
  { kind: 'submitted', id: 'W', at: 9_200, class: { ...email, type: 'workflow' }, body: '{}' },
  { ...ofRun, fact: { type: 'begun', workflow: { name: 'mails', revision: 2 }, input: { n: 1 } } },
  { ...ofRun, fact: { type: 'opened', step: 'a', read: { 'input.n': '1' } } },
  { kind: 'submitted', id: 'W--a', at: 9_200, class: email, body: '{}', step: link },
  { ...ofRun, at: 9_210, fact: { type: 'signalled', name: 'go', key: 'k', payload: [1], by: 'ann' } },
  { kind: 'settled', id: 'W', at: 9_220, state: 'completed', result: {} },
];

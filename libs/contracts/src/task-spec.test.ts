import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationSchema, taskSpecSchema } from './task-spec.ts';

const issuesOf = (task: unknown): { field: string; message: string }[] => {
  const { error } = taskSpecSchema.safeParse(task);
  return (error?.issues ?? []).map(({ path, message }) => ({ field: path.join('.'), message }));
};
const text = (chars: number): string => 'x'.repeat(chars);
const keys = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, '']));
const words = (count: number): string[] => Array.from({ length: count }, () => 'x');

/** Everything that a task may carry, each at the edge of what it may be. */
const fullest = {
  id: text(64),
  namespace: text(64),
  project: 'a_Z-9',
  name: text(200),
  type: text(100),
  payload: { deep: [1, null, 'x', { y: true }] },
  command: text(65_536),
  args: [...words(999), text(32_768)],
  cwd: text(4_096),
  env: { ...keys(199), _A1: text(32_768) },
  dependsOn: Array.from({ length: 1_000 }, () => ({
    expect: '366d',
    on: 'completion',
    optional: true,
    task: text(64),
    when: text(2_000),
  })),
  join: 1_000,
  labels: { ...keys(31), [text(256)]: text(256) },
  band: 'critical',
  origin: 'background',
  pool: text(64),
  security: text(64),
  resources: { cpu: 0.5, memoryMb: 64_000_000, gpu: 1_024, labels: keys(32) },
  timeouts: { queue: '366d', attempt: 0, total: '1.5h', heartbeat: '250' },
  retry: {
    max: 100,
    delay: '1s',
    backoff: 10,
    maxDelay: '1h',
    jitter: 1,
    nonRetryable: [...words(49), text(100)],
  },
  validate: Array.from({ length: 20 }, () => text(2_000)),
  preemption: {
    mode: 'at_checkpoint',
    checkpointDeadline: '30s',
    exempt: 0,
    maxPreemptions: 100,
    preempts: false,
    preemptAfter: '366d',
  },
  idempotencyKey: text(256),
  expiresAt: '2026-01-02T03:04:05+01:00',
  traceparent: `01-${'a'.repeat(32)}-${'b'.repeat(16)}-01-${'c'.repeat(44)}`,
  signature: { key: `${text(42)}8`, value: `${text(85)}w` },
} as const;

describe('a task spec', () => {
  it('needs a type or a command, and nothing else', () => {
    expect(issuesOf({ type: 'email.send' })).toEqual([]);
    expect(issuesOf({ command: 'make' })).toEqual([]);
    expect(issuesOf({})).toEqual([{ field: 'type', message: 'a task needs a type, or a command' }]);
    expect(issuesOf({ type: 'command' })).toEqual([
      { field: 'command', message: 'a task of type "command" needs a command' },
    ]);
  });

  it('is accepted with every limit reached at once, and has durations and times in milliseconds afterwards', () => {
    const task = taskSpecSchema.parse(fullest);
    expect(task).toEqual({
      ...fullest,
      dependsOn: fullest.dependsOn.map((dependency) => ({ ...dependency, expect: 31_622_400_000 })),
      timeouts: { queue: 31_622_400_000, attempt: 0, total: 5_400_000, heartbeat: 250 },
      retry: { ...fullest.retry, delay: 1_000, maxDelay: 3_600_000 },
      preemption: { ...fullest.preemption, checkpointDeadline: 30_000, preemptAfter: 31_622_400_000 },
      expiresAt: Date.UTC(2026, 0, 2, 2, 4, 5),
    });
  });

  it('does not change when it is checked a second time', () => {
    const once = taskSpecSchema.parse(fullest);
    expect(taskSpecSchema.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  const letters = /letters, digits, "_" and "-" only/;
  const time = /milliseconds or a text such as "30s" or "5m", at most 366 days; got /;
  it.each<[field: string, value: unknown, at: string, says: RegExp]>([
    ['id', '', 'id', />=1 char/],
    ['id', text(65), 'id', /<=64 char/],
    ['id', 'a.b', 'id', letters],
    ['id', 7, 'id', /expected string, received number/],
    ['namespace', '', 'namespace', letters],
    ['namespace', text(65), 'namespace', /<=64 char/],
    ['namespace', 'a.b', 'namespace', letters],
    ['namespace', '*', 'namespace', letters],
    ['namespace', '>', 'namespace', letters],
    ['project', 'a b', 'project', letters],
    ['project', text(65), 'project', /<=64 char/],
    ['name', text(201), 'name', /<=200 char/],
    ['name', null, 'name', /expected string, received null/],
    ['type', '', 'type', />=1 char/],
    ['type', text(101), 'type', /<=100 char/],
    ['type', 'a..b', 'type', /words of letters, digits, "_" and "-", joined by dots/],
    ['type', 'a.*', 'type', /joined by dots/],
    ['command', '', 'command', />=1 char/],
    ['command', text(65_537), 'command', /<=65536 char/],
    ['args', 'x', 'args', /expected array, received string/],
    ['args', words(1_001), 'args', /<=1000 items/],
    ['args', [text(32_769)], 'args.0', /<=32768 char/],
    ['args', ['x', 1], 'args.1', /expected string, received number/],
    // Another text of the same bytes, and one byte more.
    ['signature', { ...fullest.signature, key: `${text(42)}9` }, 'signature.key', /a public key is 32 bytes/],
    ['signature', { ...fullest.signature, key: `${text(43)}8` }, 'signature.key', /a public key is 32 bytes/],
    ['signature', { ...fullest.signature, value: text(86) }, 'signature.value', /a signature is 64 bytes/],
    ['cwd', text(4_097), 'cwd', /<=4096 char/],
    ['env', keys(201), 'env', /at most 200 variables/],
    ['env', { '1A': '' }, 'env.1A', /letters, digits and "_" only, and begins with no digit/],
    ['env', { 'A=B': '' }, 'env.A=B', /letters, digits and "_" only/],
    ['env', { A: text(32_769) }, 'env.A', /<=32768 char/],
    ['env', { A: 1 }, 'env.A', /expected string, received number/],
    ['dependsOn', [], 'dependsOn', />=1 items/],
    ['dependsOn', Array.from({ length: 1_001 }, () => ({ task: 'a' })), 'dependsOn', /<=1000 items/],
    ['dependsOn', [{ on: 'success' }], 'dependsOn.0.task', /expected string/],
    ['dependsOn', [{ task: 'a b' }], 'dependsOn.0.task', /letters, digits/],
    ['dependsOn', [{ task: 'a', on: 'done' }], 'dependsOn.0.on', /"success"\|"ok"\|"failure"/],
    ['dependsOn', [{ task: 'a', expect: 'soon' }], 'dependsOn.0.expect', time],
    ['dependsOn', [{ task: 'a', optional: 'no' }], 'dependsOn.0.optional', /expected boolean/],
    ['dependsOn', [{ task: 'a', when: text(2_001) }], 'dependsOn.0.when', /<=2000 char/],
    ['dependsOn', [{ task: 'a', if: 'x' }], 'dependsOn.0', /Unrecognized key: "if"/],
    ['join', 0, 'join', />=1/],
    ['join', 'most', 'join', /"all" or "any", or a number from 1 to 1000; got "most"/],
    ['validate', [], 'validate', />=1/],
    ['validate', [''], 'validate.0', />=1/],
    ['validate', Array(21).fill('true'), 'validate', /<=20/],
    ['labels', keys(33), 'labels', /at most 32 labels/],
    ['labels', { '': 'x' }, 'labels.', /1 to 256 characters/],
    ['labels', { [text(257)]: 'x' }, `labels.${text(257)}`, /1 to 256 characters/],
    ['labels', { team: text(257) }, 'labels.team', /<=256 char/],
    ['labels', { team: 1 }, 'labels.team', /expected string, received number/],
    ['band', 'urgent', 'band', /"low"\|"normal"\|"high"\|"critical"/],
    ['band', 3, 'band', /"low"\|"normal"\|"high"\|"critical"/],
    ['origin', 'cron', 'origin', /"interactive"\|"project"\|"api"\|"background"/],
    ['pool', 'a/b', 'pool', letters],
    ['pool', text(65), 'pool', /<=64 char/],
    ['resources', { cpu: -1 }, 'resources.cpu', />=0/],
    ['resources', { cpu: 4_097 }, 'resources.cpu', /<=4096/],
    ['resources', { memoryMb: -1 }, 'resources.memoryMb', />=0/],
    ['resources', { memoryMb: 0.5 }, 'resources.memoryMb', /expected int/],
    ['resources', { memoryMb: 64_000_001 }, 'resources.memoryMb', /<=64000000/],
    ['resources', { gpu: -1 }, 'resources.gpu', />=0/],
    ['resources', { gpu: 0.5 }, 'resources.gpu', /expected int/],
    ['resources', { gpu: 1_025 }, 'resources.gpu', /<=1024/],
    ['resources', { labels: keys(33) }, 'resources.labels', /at most 32 labels/],
    ['resources', { ram: 1 }, 'resources', /Unrecognized key: "ram"/],
    ['timeouts', { queue: 'soon' }, 'timeouts.queue', time],
    ['timeouts', { attempt: -1 }, 'timeouts.attempt', time],
    ['timeouts', { total: '367d' }, 'timeouts.total', time],
    ['timeouts', { total: 31_622_400_001 }, 'timeouts.total', time],
    ['timeouts', { heartbeat: true }, 'timeouts.heartbeat', time],
    ['timeouts', { queue: null }, 'timeouts.queue', time],
    ['timeouts', { run: 1 }, 'timeouts', /Unrecognized key: "run"/],
    ['retry', { max: -1 }, 'retry.max', />=0/],
    ['retry', { max: 1.5 }, 'retry.max', /expected int/],
    ['retry', { max: 101 }, 'retry.max', /<=100/],
    ['retry', { delay: '1y' }, 'retry.delay', time],
    ['retry', { backoff: 0.9 }, 'retry.backoff', />=1/],
    ['retry', { backoff: 11 }, 'retry.backoff', /<=10/],
    ['retry', { maxDelay: '' }, 'retry.maxDelay', time],
    ['retry', { jitter: -0.1 }, 'retry.jitter', />=0/],
    ['retry', { jitter: 1.1 }, 'retry.jitter', /<=1/],
    ['retry', { nonRetryable: words(51) }, 'retry.nonRetryable', /<=50 items/],
    ['retry', { nonRetryable: [''] }, 'retry.nonRetryable.0', />=1 char/],
    ['retry', { nonRetryable: [text(101)] }, 'retry.nonRetryable.0', /<=100 char/],
    ['retry', { times: 3 }, 'retry', /Unrecognized key: "times"/],
    ['preemption', { mode: 'soon' }, 'preemption.mode', /"at_checkpoint"\|"suspend"\|"delay"\|"never"/],
    ['preemption', { checkpointDeadline: 'soon' }, 'preemption.checkpointDeadline', time],
    ['preemption', { exempt: -1 }, 'preemption.exempt', time],
    ['preemption', { maxPreemptions: -1 }, 'preemption.maxPreemptions', />=0/],
    ['preemption', { maxPreemptions: 0.5 }, 'preemption.maxPreemptions', /expected int/],
    ['preemption', { maxPreemptions: 101 }, 'preemption.maxPreemptions', /<=100/],
    ['preemption', { preempts: 'no' }, 'preemption.preempts', /expected boolean/],
    ['preemption', { preemptAfter: '367d' }, 'preemption.preemptAfter', time],
    ['preemption', { victim: true }, 'preemption', /Unrecognized key: "victim"/],
    ['idempotencyKey', '', 'idempotencyKey', />=1 char/],
    ['idempotencyKey', text(257), 'idempotencyKey', /<=256 char/],
    ['expiresAt', 0, 'expiresAt', />0/],
    ['expiresAt', 1.5, 'expiresAt', /epoch milliseconds or an ISO 8601 time with its zone; got 1.5/],
    [
      'expiresAt',
      'tomorrow',
      'expiresAt',
      /epoch milliseconds or an ISO 8601 time with its zone; got "tomorrow"/,
    ],
    ['expiresAt', '2026-01-02T03:04:05', 'expiresAt', /ISO 8601 time with its zone/],
    ['traceparent', text(100), 'traceparent', /expected a traceparent of W3C Trace Context/],
    ['prioriy', 1, '', /Unrecognized key: "prioriy"/],
  ])('is refused when %s is %j', (field, value, at, says) => {
    const issues = issuesOf({ type: 't', [field]: value });
    expect(issues).toContainEqual({ field: at, message: expect.stringMatching(says) as unknown });
    expect(issues.every((issue) => issue.field === at)).toBe(true);
  });

  it('has every field in the table above', () => {
    const fields = Object.keys(taskSpecSchema.shape).toSorted();
    expect(Object.keys(fullest).toSorted()).toEqual(fields);
  });

  it('gets all its problems in one answer', () => {
    const fields = issuesOf({ type: '', band: 'x', retry: { max: -1 }, nme: 1 }).map(({ field }) => field);
    expect(new Set(fields)).toEqual(new Set(['type', 'band', 'retry.max', '']));
  });

  it.each([[[]], ['text'], [null], [undefined], [7]])('must be an object, not %j', (value) => {
    expect(issuesOf(value)[0]?.message).toMatch(/expected object/);
  });

  it('repeats no more of a bad value than a message needs', () => {
    const [issue] = issuesOf({ type: 't', timeouts: { total: text(100_000) } });
    expect(issue?.message.length).toBeLessThan(250);
  });

  it('is accepted or refused for every JSON value, without an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(fullest)), (value, field) => {
        issuesOf(value);
        issuesOf({ type: 't', [field]: value });
      }),
    );
  });
});

describe('a duration', () => {
  it.each([
    [250, 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['366d', 31_622_400_000],
  ])('of %j is %d ms', (given, ms) => {
    expect(durationSchema.parse(given)).toBe(ms);
  });

  it('is refused beyond 366 days', () => {
    expect(durationSchema.safeParse(31_622_400_001).success).toBe(false);
    expect(durationSchema.safeParse('8785h').success).toBe(false);
    expect(durationSchema.safeParse(Number.POSITIVE_INFINITY).success).toBe(false);
  });
});

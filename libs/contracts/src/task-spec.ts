import { BANDS, ORIGINS, TIME_MAX, cutGraphemes, parseDuration } from '@precedent/kernel';
import { DEPENDENCY_CONDITIONS } from '@precedent/contract-types';
import type { TaskSignature } from '@precedent/contract-types';
import { z } from 'zod';
import { ID_PATTERN, ID_RULE, LIMITS } from './limits.ts';
import { TRACEPARENT_CHARS_MAX, isTraceparent } from './traceparent.ts';
import { namesOf } from './names.ts';

export const PREEMPTION_MODES = ['immediate', 'at_checkpoint', 'suspend', 'delay', 'never'] as const;

const token = (what: string) =>
  z
    .string()
    .max(LIMITS.tokenChars)
    .regex(/^[A-Za-z0-9_-]+$/, `a ${what} has letters, digits, "_" and "-" only`);

/** Of Ed25519. */
export const publicKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'a public key is 32 bytes in base64url');

/** A value of JSON, which is what it was read from: to walk through it again would cost more than all other checks. */
export const anyJson = z.unknown();

export const namespaceSchema = token('namespace');

export const securitySchema = token('security label');

/** What came, as JSON, and no more of it than a message needs. */
const excerpt = (value: unknown): string => cutGraphemes(JSON.stringify(value) ?? 'nothing', 100);

const badDuration = (value: unknown): string =>
  `expected milliseconds or a text such as "30s" or "5m", at most 366 days; got ${excerpt(value)}`;

/** Milliseconds, or a text such as `"30s"`, `"5m"`, `"2h"`; milliseconds afterwards. */
export const durationSchema = z
  .union([z.number(), z.string()], { error: ({ input }) => badDuration(input) })
  .transform((value, context) => {
    const ms = parseDuration(value);
    if (ms !== undefined && ms <= LIMITS.durationMs) return ms;
    context.addIssue(badDuration(value));
    return z.NEVER;
  });

/** Zod says of a bad key only that it is bad. */
const badKey = (expected: string) => ({
  error: (issue: { code?: string }) => (issue.code === 'invalid_key' ? expected : undefined),
});

export const taskIdSchema = z.string().min(1).max(LIMITS.idChars).regex(ID_PATTERN, ID_RULE);

export const taskTypeSchema = z
  .string()
  .min(1)
  .max(LIMITS.typeChars)
  .regex(
    /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
    'a type is words of letters, digits, "_" and "-", joined by dots',
  );

export const labelsSchema = namesOf(
  z.string().min(1).max(LIMITS.labelChars),
  z.string().max(LIMITS.labelChars),
  badKey(`the name of a label has 1 to ${LIMITS.labelChars} characters`),
).refine((labels) => Object.keys(labels).length <= LIMITS.labels, `at most ${LIMITS.labels} labels`);

export const resourcesSchema = z.strictObject({
  cpu: z.number().nonnegative().max(4_096).optional(),
  memoryMb: z.number().int().nonnegative().max(64_000_000).optional(),
  gpu: z.number().int().nonnegative().max(1_024).optional(),
  labels: labelsSchema.optional().describe('labels that a worker must carry to be given the task'),
});

export const timeoutsSchema = z.strictObject({
  queue: durationSchema.optional().describe('from submission until it first starts'),
  attempt: durationSchema.optional().describe('one attempt, from start to end'),
  total: durationSchema.optional().describe('from submission to the verdict, over all attempts'),
  heartbeat: durationSchema
    .optional()
    .describe(
      `between two signs of life of a running handler; 0 or absent: the worker's own heartbeat is enough`,
    ),
});

export const retrySchema = z.strictObject({
  max: z
    .number()
    .int()
    .min(0)
    .max(LIMITS.retries)
    .optional()
    .describe('tries after the first one; 0 means: never again'),
  delay: durationSchema.optional().describe('before the first retry'),
  backoff: z.number().min(1).max(10).optional().describe('each delay is this many times the one before'),
  maxDelay: durationSchema.optional().describe('the longest delay'),
  jitter: z.number().min(0).max(1).optional().describe('share of the delay that is random, 0 to 1'),
  nonRetryable: z
    .array(z.string().min(1).max(100))
    .max(LIMITS.nonRetryable)
    .optional()
    .describe('error codes or names after which no retry is made'),
});

/** How urgent work may take this task's slot, and whether this task may take others'. Within the administrator's bounds. */
export const preemptionSchema = z.strictObject({
  mode: z
    .enum(PREEMPTION_MODES)
    .optional()
    .describe(
      'how it gives up its slot: `immediate`, `at_checkpoint`, `suspend`, `delay` or `never`. Default by band',
    ),
  checkpointDeadline: durationSchema.optional().describe('how long it may take to reach a checkpoint'),
  exempt: durationSchema.optional().describe('minimum run time before it can be preempted'),
  maxPreemptions: z.number().int().min(0).max(100).optional().describe('how often it may be preempted'),
  preempts: z
    .boolean()
    .optional()
    .describe('`false`: it queues by its band, and takes no slot of another task'),
  preemptAfter: durationSchema.optional().describe('its own wait before it may preempt'),
});

/** The members are in the order of RFC 8785, in which the digest of a task has them. */
const dependencySchema = z.strictObject({
  expect: durationSchema
    .optional()
    .describe('how long after the submission the other task may be missing; absent: it has to be there'),
  on: z
    .enum(DEPENDENCY_CONDITIONS)
    .optional()
    .describe(
      'what it waits for: `success` (default), `ok` (completed, or skipped by a condition), `failure` (failed or timed out), `completion` (any verdict), `cancelled`, `skipped`',
    ),
  optional: z.boolean().optional().describe('it has to be decided, but may be lost'),
  task: taskIdSchema.describe('the id of a task of the same namespace'),
  when: z
    .string()
    .min(1)
    .max(LIMITS.conditionChars)
    .optional()
    .describe(
      'a condition in CEL over `id`, `state`, `result` and `error` of that task: it has to hold, too',
    ),
});

/** The last character of each has bits to spare, which are zero: so there is one text for a key. */
const signatureSchema = z.strictObject({
  key: publicKeySchema.describe('of the signer: its public key of Ed25519, 32 bytes in base64url'),
  value: z
    .string()
    .regex(/^[A-Za-z0-9_-]{85}[AQgw]$/, 'a signature is 64 bytes in base64url')
    .describe('Ed25519 over "precedent-task-v1", the id and the digest of the task, in three lines'),
}) satisfies z.ZodType<TaskSignature>;

/** Epoch milliseconds, or an ISO 8601 text with its zone; milliseconds afterwards. */
export const momentSchema = z.union(
  [
    z.number().int().positive().max(TIME_MAX),
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  ],
  {
    error: ({ input }) =>
      `expected epoch milliseconds or an ISO 8601 time with its zone; got ${excerpt(input)}`,
  },
);

const taskObject = z.strictObject({
  id: taskIdSchema.optional().describe('made by the engine when left out'),
  namespace: namespaceSchema.optional(),
  project: token('project').optional(),
  name: z.string().max(LIMITS.nameChars).optional(),
  type: taskTypeSchema.optional(),
  payload: anyJson.optional().describe('what the handler of the type gets'),
  command: z.string().min(1).max(LIMITS.commandChars).optional(),
  args: z.array(z.string().max(LIMITS.argChars)).max(LIMITS.args).optional(),
  cwd: z.string().max(4_096).optional(),
  env: namesOf(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
    z.string().max(LIMITS.argChars),
    badKey('an environment variable has letters, digits and "_" only, and begins with no digit'),
  )
    .refine((env) => Object.keys(env).length <= LIMITS.env, `at most ${LIMITS.env} variables`)
    .optional(),
  dependsOn: z
    .array(dependencySchema)
    .min(1)
    .max(LIMITS.dependencies)
    .optional()
    .describe('tasks that it waits for'),
  join: z
    .union([z.enum(['all', 'any']), z.number().int().min(1).max(LIMITS.dependencies)], {
      error: ({ input }) =>
        `expected "all" or "any", or a number from 1 to ${LIMITS.dependencies}; got ${excerpt(input)}`,
    })
    .optional()
    .describe(
      'how many of the dependencies that are not optional have to be met: `all` (default), `any`, or a number',
    ),
  labels: labelsSchema.optional(),
  band: z.enum(BANDS).optional().describe('of the subject when left out'),
  origin: z.enum(ORIGINS).optional(),
  pool: token('pool').optional().describe('a group of workers'),
  security: securitySchema
    .optional()
    .describe('a security label: who sees the task, and the worker that runs it, need a clearance for it'),
  resources: resourcesSchema.optional(),
  timeouts: timeoutsSchema.optional(),
  retry: retrySchema.optional(),
  validate: z
    .array(z.string().min(1).max(LIMITS.conditionChars))
    .min(1)
    .max(LIMITS.validations)
    .optional()
    .describe(
      'conditions in CEL over `result` and `id`: a success for which one does not hold is a failure, `RESULT_INVALID`',
    ),
  preemption: preemptionSchema.optional(),
  idempotencyKey: z
    .string()
    .min(1)
    .max(LIMITS.keyChars)
    .optional()
    .describe('a second task with the same key is the same task'),
  expiresAt: momentSchema
    .optional()
    .describe('epoch milliseconds or an ISO 8601 text; it does not start later'),
  traceparent: z
    .string()
    .max(TRACEPARENT_CHARS_MAX)
    .refine(isTraceparent, {
      error: ({ input }) =>
        `expected a traceparent of W3C Trace Context, such as "00-<32 hexadecimal digits>-<16>-01"; got ${excerpt(input)}`,
    })
    .optional()
    .describe('W3C trace context of the submitter'),
  signature: signatureSchema
    .optional()
    .describe('of the submitter, with one of its keys (`access.addSigner`); the task then names its id'),
});

/** A task as a client sends it. Everything but `type` (or `command`) may be left out. */
export const taskSpecSchema = taskObject
  .refine((task) => task.type !== undefined || task.command !== undefined, {
    path: ['type'],
    message: 'a task needs a type, or a command',
  })
  .refine((task) => task.command !== undefined || task.type !== 'command', {
    path: ['command'],
    message: 'a task of type "command" needs a command',
  });

/** A task that is made again and again: what belongs to one submission is left out. */
export const scheduledTaskSchema = taskObject
  .omit({
    id: true,
    namespace: true,
    dependsOn: true,
    join: true,
    security: true,
    idempotencyKey: true,
    expiresAt: true,
    traceparent: true,
    signature: true,
  })
  .refine((task) => task.type !== undefined || task.command !== undefined, {
    path: ['type'],
    message: 'a task needs a type, or a command',
  })
  .refine((task) => task.command !== undefined || task.type !== 'command', {
    path: ['command'],
    message: 'a task of type "command" needs a command',
  });

/** What a client may write. */
export type TaskSpec = z.input<typeof taskSpecSchema>;
/** What the ingress has checked: durations in milliseconds. */
export type CheckedSpec = z.output<typeof taskSpecSchema>;

import type {
  AssignMessage,
  HelloReply,
  LeaderHeartbeat,
  LogChunk,
  ReportReply,
  SignalMessage,
} from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { anyJson, labelsSchema, securitySchema } from './task-spec.ts';
import { checkpointSchema, rollbackSchema } from './worker-protocol.ts';

/** What the engine sends to workers, and what workers put into the log stream. Both sides read what they know, and ignore other fields. */

const id = z.string().max(LIMITS.idChars);
const epoch = z.number().int().describe('of the lease; it rises with every lease of the task');
const ms = z.number().min(0);
const leases = z.array(z.tuple([id, z.number().int()]));

const jobBodySchema = z.object({
  name: z.string().exactOptional(),
  payload: anyJson.exactOptional(),
  command: z.string().exactOptional(),
  args: z.array(z.string()).exactOptional(),
  cwd: z.string().exactOptional(),
  env: z.record(z.string(), z.string()).exactOptional(),
  traceparent: z.string().exactOptional().describe('W3C trace context of the submitter'),
});

const resumeSchema = z.object({
  checkpoint: checkpointSchema
    .omit({ kind: true })
    .extend({ epoch: z.number().int().describe('of the lease that wrote it') })
    .exactOptional()
    .describe('the last durable checkpoint; absent: the task starts from zero'),
  undo: z
    .array(rollbackSchema.omit({ kind: true }).extend({ epoch: z.number().int() }))
    .describe(
      'rollback actions since that checkpoint, oldest first: carry them out in reverse before anything else',
    ),
  segments: z.number().int().describe('runs of the task before this one that ended without a verdict'),
});

const assignmentSchema = z.object({
  id,
  epoch,
  attempt: z.number().int().min(1).describe('1 for the first attempt'),
  namespace: z.string(),
  project: z.string(),
  type: z.string(),
  band: z.enum(BANDS),
  attemptMs: ms.describe('milliseconds from receipt until the attempt must end'),
  graceMs: ms.describe('milliseconds between a request to stop and the forced end'),
  heartbeatMs: ms.describe('milliseconds between signs of life of the handler; 0: none needed'),
  labels: labelsSchema.exactOptional(),
  security: securitySchema
    .exactOptional()
    .describe('the security label of the task: what it makes is for cleared readers only'),
  task: jobBodySchema,
  digest: z
    .string()
    .exactOptional()
    .describe(
      'SHA-256, in base64url, of the RFC 8785 text of `{band, labels, namespace, project, security, task, type}`: without a `security` that is absent, `labels` is `{}` where there are none, `task` is without its `traceparent`. A worker fails a task that has another one, with INTEGRITY_FAILED. Absent for a task that an older version accepted',
    ),
  traceparent: z
    .string()
    .exactOptional()
    .describe('W3C trace context of this run, where the engine traces it'),
  resume: resumeSchema.exactOptional().describe('absent when no earlier lease has left anything'),
  ahead: z
    .tuple([z.number().int(), z.number().int()])
    .exactOptional()
    .describe(
      '[rank, order]: keep it until a slot is free, the highest rank first, then the lowest order. Only for workers that offer `ahead`',
    ),
});

export const assignSchema = z.object({
  tasks: z.array(assignmentSchema),
}) satisfies z.ZodType<AssignMessage>;

const signalOf = <K extends string>(kind: K) => z.object({ kind: z.literal(kind) });
const suspension = { id, epoch, decision: z.string().exactOptional() };

export const workerSignalSchema = z.discriminatedUnion('kind', [
  signalOf('stop').extend({
    id,
    epoch,
    reason: z.enum(['cancelled', 'timeout', 'preempted', 'lease_lost', 'shutdown']),
    graceMs: ms.describe('milliseconds until the code is ended by force'),
  }),
  signalOf('yield').extend({
    id,
    epoch,
    reason: z.enum(['preempted', 'drain']),
    deadlineMs: ms.describe('milliseconds until the engine sends a stop'),
  }),
  signalOf('suspend').extend(suspension),
  signalOf('resume').extend(suspension),
  signalOf('recall').extend({
    leases: leases.describe('return those that were assigned ahead and have not started; ignore the others'),
  }),
  signalOf('who'),
  signalOf('ping'),
  signalOf('drain'),
]);

export const signalsSchema = z.object({
  signals: z.array(workerSignalSchema),
}) satisfies z.ZodType<SignalMessage>;

export const leaderHeartbeatSchema = z.object({
  cell: z.string(),
  engine: z.string().describe('name of the engine that leads the cell'),
  epoch: z
    .number()
    .int()
    .describe('of the cell; it rises when another engine, or the same one started again, takes over'),
  at: z.number().describe('epoch milliseconds'),
}) satisfies z.ZodType<LeaderHeartbeat>;

export const helloReplySchema = z.object({
  ok: z.literal(true),
  leaseMs: z
    .number()
    .min(1)
    .describe('milliseconds without contact after which the leases of the session end'),
  heartbeatMs: z.number().min(1).describe('milliseconds between two heartbeats'),
  keep: leases.describe('of the leases named in `running`, those that go on; stop every other one'),
}) satisfies z.ZodType<HelloReply>;

export const reportReplySchema = z.object({
  ok: z.literal(true),
  refused: leases.describe('leases that had ended before, or were never made: forget them'),
}) satisfies z.ZodType<ReportReply>;

export const logChunkSchema = z.object({
  id,
  epoch,
  attempt: z.number().int().min(1),
  stream: z
    .enum(['stdout', 'stderr', 'log'])
    .describe('`log`: lines of the handler and of the worker itself'),
  at: z.number().describe('epoch milliseconds'),
  text: z.string().describe(`at most ${LIMITS.logChunkBytes} bytes`),
  truncated: z
    .literal(true)
    .exactOptional()
    .describe('the cap of the worker was reached: what follows was dropped'),
}) satisfies z.ZodType<LogChunk>;

import { BANDS } from '@precedent/kernel';
import { BULK_LIMITS, LEASE_OUTCOMES, LOAD_LEVELS } from '@precedent/contract-types';
import type {
  BlockedLoop,
  CheckpointStep,
  HelloMessage,
  LeaseStep,
  MachineLoad,
  SettledLease,
  RollbackStep,
  RollbackResultStep,
} from '@precedent/contract-types';
import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { anyJson, labelsSchema, securitySchema, taskTypeSchema } from './task-spec.ts';
import { problemSchema } from './problem.ts';

const session = z
  .string()
  .min(1)
  .max(LIMITS.tokenChars)
  .regex(/^[A-Za-z0-9_-]+$/);
const leaseId = z.string().max(LIMITS.idChars);
const lease = z.tuple([leaseId, z.number().int()]);

const share = z.number().min(0).max(1);
const shares = { cpu: share, memory: share, disk: share, ioWait: share };

/** How busy a worker's machine is. */
export const machineLoadSchema = z.object({
  /** Fractions of what there is, 0 to 1: of the container's limits where it has some. */
  ...shares,
  level: z.enum(LOAD_LEVELS),
  recommended: z
    .number()
    .int()
    .min(1)
    .max(LIMITS.slotsPerWorker)
    .describe('how many tasks the worker should run at once now; what runs beyond that goes on'),
  throttled: z
    .array(z.enum(BANDS))
    .max(BANDS.length)
    .describe('bands that should get nothing new on this worker now, lowest first'),
  thresholds: z.object(shares).optional().describe('where the level `high` begins'),
}) satisfies z.ZodType<MachineLoad>;

/** Tasks that a worker takes in addition to those in its slots. */
const additional = z.number().int().min(0).max(LIMITS.slotsPerWorker).optional();

/** A worker introduces itself. `running` names the leases (task id, epoch) that it still holds. */
export const helloSchema = z.object({
  kind: z.literal('hello'),
  session,
  worker: session.describe('stable name; a new session of the same worker ends the old one'),
  version: z.string().max(LIMITS.versionChars),
  types: z.array(taskTypeSchema).min(1).max(LIMITS.typesPerWorker),
  suspends: z
    .array(taskTypeSchema)
    .max(LIMITS.typesPerWorker)
    .optional()
    .describe('those of the types whose attempts it can suspend and resume. None when left out'),
  pools: z.array(session).max(100),
  clearances: z
    .array(z.union([securitySchema, z.literal('*')]))
    .max(100)
    .optional()
    .describe(
      'security labels of tasks that it may run, which its grants have to allow; "*": all. None when left out, but all where access is open',
    ),
  labels: labelsSchema,
  resources: z.object({
    cpu: z.number().nonnegative().optional(),
    memoryMb: z.number().nonnegative().optional(),
    gpu: z.number().nonnegative().optional(),
  }),
  slots: z.number().int().min(1).max(LIMITS.slotsPerWorker),
  express: additional.describe(
    'tasks above its slots that it takes when urgent work finds all slots taken. None when left out',
  ),
  ahead: additional.describe(
    'unstarted leases that it keeps for its next free slots, and returns when they are recalled. None when left out',
  ),
  running: z.array(lease).max(LIMITS.slotsPerWorker),
  unstarted: z
    .array(lease)
    .max(LIMITS.slotsPerWorker)
    .optional()
    .describe('those of `running` that were assigned ahead and have not started'),
  load: machineLoadSchema
    .optional()
    .describe('how busy its machine is now, so that an engine that is new knows'),
}) satisfies z.ZodType<HelloMessage>;

/**
 * Sign of life, not answered: every lease held, so that the engine sees a lost assignment and a lost report alike.
 * `quiet` are tasks whose handler gave its last sign of life that many milliseconds ago. `suspended` are the suspended leases,
 * each with the decision of the signal that it obeyed; the first heartbeat comes at once when one is.
 */
export const heartbeatSchema = z.object({
  kind: z.literal('heartbeat'),
  session,
  running: z.array(lease).max(LIMITS.slotsPerWorker),
  quiet: z
    .array(z.tuple([leaseId, z.number().int(), z.number()]))
    .max(LIMITS.slotsPerWorker)
    .optional(),
  suspended: z
    .array(z.tuple([leaseId, z.number().int(), leaseId]))
    .max(LIMITS.slotsPerWorker)
    .optional(),
});

/**
 * Sign of life in place of the heartbeat, not answered: code of a handler blocks the event loop of the worker, which sends no heartbeat. The leases of
 * the session go on, and it gets no new one before its next heartbeat. Repeat it once a second, over another connection that subscribes to
 * the `assign` subject of the session too.
 */
export const blockedSchema = z.object({
  kind: z.literal('blocked'),
  session,
  ms: z.number().nonnegative().describe('since the event loop went on last'),
  tasks: z.array(lease).max(LIMITS.blockersNamed).describe('the leases of which one blocks it'),
  place: z.string().max(LIMITS.placeChars).optional().describe('where that code is: function, file, line'),
}) satisfies z.ZodType<BlockedLoop>;

export const progressSchema = z.object({
  kind: z.literal('progress'),
  session,
  id: leaseId,
  epoch: z.number().int(),
  fraction: z.number().min(0).max(1),
  message: z
    .string()
    .optional()
    .catch(undefined)
    .describe(`what is beyond ${LIMITS.progressChars} characters is cut off; dropped when it is no text`),
});

/** What a running task has made durable: from here it goes on, on whatever worker. */
export const checkpointSchema = z.object({
  kind: z.literal('checkpoint'),
  seq: z.number().int().min(1).describe('counts the steps of one lease, from 1'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("the SHA-256 of the state's JSON text, in hex"),
  version: z
    .string()
    .max(LIMITS.versionChars)
    .describe('of the code that wrote the state; another version migrates it, or starts from zero'),
  bytes: z.number().int().min(0).max(LIMITS.checkpointBytes),
  state: anyJson
    .optional()
    .describe(
      'the state itself, up to `LIMITS.checkpointInlineBytes`; otherwise `ref` names it in the object store',
    ),
  ref: z.string().max(200).optional(),
  fraction: z.number().min(0).max(1).optional(),
}) satisfies z.ZodType<CheckpointStep>;

/** An action that undoes what is about to be done: durable before its effect. A checkpoint makes it superfluous. */
export const rollbackSchema = z.object({
  kind: z.literal('undo'),
  seq: z.number().int().min(1),
  name: z.string().min(1).max(100),
  payload: anyJson.optional(),
}) satisfies z.ZodType<RollbackStep>;

/** A rollback action was carried out, or failed for good. `of` is the `seq` of the action. */
const rollbackResultSchema = z.object({
  kind: z.literal('undone'),
  seq: z.number().int().min(1),
  of: z.number().int().min(1),
  ofEpoch: z
    .number()
    .int()
    .optional()
    .describe('the lease that registered the action, when that was an earlier one'),
  error: problemSchema.optional(),
}) satisfies z.ZodType<RollbackResultStep>;

/** A step of a lease, answered after the commit with `{ok: true}` or `{error}`; the worker repeats it until then. */
export const leaseStepSchema = z.object({
  kind: z.literal('keep'),
  session,
  id: leaseId,
  epoch: z.number().int(),
  step: z.discriminatedUnion('kind', [checkpointSchema, rollbackSchema, rollbackResultSchema]),
});
export type LeaseStepMessage = Omit<z.infer<typeof leaseStepSchema>, 'step'> & { readonly step: LeaseStep };

/** Not answered: the lease's code must not be cut for so long; 0: it may be again. The worker itself holds to it as well. */
export const atomicSchema = z.object({
  kind: z.literal('atomic'),
  session,
  id: leaseId,
  epoch: z.number().int(),
  maxMs: z.number().int().min(0).max(LIMITS.atomicMs),
});

/**
 * Has the engine act on a piece of the set of a leased task of the type `system.bulk`. Answered after the commit with `{done, already,
 * refused}` or `{error}`; the worker repeats it until then. Only the workers of a cell send it.
 */
export const bulkPieceSchema = z.object({
  kind: z.literal('bulk'),
  session,
  id: leaseId,
  epoch: z.number().int(),
  index: z.number().int().min(0).describe('which piece of the set'),
  ids: z.array(leaseId).min(1).max(BULK_LIMITS.piece),
  part: z
    .tuple([z.number().int().min(0), z.number().int().max(BULK_LIMITS.piece)])
    .optional()
    .describe('it is about these of them only: from inclusive, to exclusive'),
  verdicts: z
    .enum(['count', 'wait'])
    .optional()
    .describe(
      'nothing is done to them; how their repetitions ended is counted, after a while where it is `wait`',
    ),
});

/**
 * Not answered; sent when it has changed, once a heartbeat at most, and again now and then. A worker that sends none can fill all its slots.
 */
export const loadSchema = z.object({ kind: z.literal('load'), session, ...machineLoadSchema.shape });
export type LoadMessage = MachineLoad & { readonly kind: 'load'; readonly session: string };

/**
 * How one lease ended on the worker.
 * completed: the handler returned. failed: it threw, or its process failed. stopped: it ended because of a stop signal.
 * yielded: it stopped at a safe point, and goes on from its last checkpoint; no retry is spent.
 * returned: it was never started (draining, unknown type), or was given back; no retry is spent.
 */
export const settledSchema = z.object({
  id: leaseId,
  epoch: z.number().int(),
  outcome: z.enum(LEASE_OUTCOMES),
  digest: z
    .string()
    .max(LIMITS.tokenChars)
    .optional()
    .describe('that of the assignment: the engine refuses the result of another task'),
  result: z.unknown().optional(),
  error: problemSchema
    .extend({ name: z.string().max(100).optional(), retryable: z.boolean().optional() })
    .optional(),
}) satisfies z.ZodType<SettledLease>;

/** Answered after the commit with `{ok: true, refused: [[id, epoch], …]}`; the worker repeats it until then. */
export const reportSchema = z.object({
  kind: z.literal('report'),
  session,
  settled: z.array(settledSchema).max(LIMITS.slotsPerWorker),
  started: z
    .array(lease)
    .max(LIMITS.slotsPerWorker)
    .optional()
    .describe('leases that were assigned ahead and have started since the last report'),
});

export const byeSchema = z.object({ kind: z.literal('bye'), session });
/** The worker takes no new work; what runs goes on. */
export const drainingSchema = z.object({ kind: z.literal('draining'), session });

export const workerMessageSchema = z.discriminatedUnion('kind', [
  helloSchema,
  heartbeatSchema,
  blockedSchema,
  progressSchema,
  leaseStepSchema,
  atomicSchema,
  bulkPieceSchema,
  loadSchema,
  reportSchema,
  byeSchema,
  drainingSchema,
]);
export type WorkerMessage =
  | HelloMessage
  | LeaseStepMessage
  | LoadMessage
  | Exclude<z.infer<typeof workerMessageSchema>, { readonly kind: 'hello' | 'keep' | 'load' }>;

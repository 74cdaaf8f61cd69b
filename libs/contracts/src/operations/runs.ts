import { STEP_KINDS } from '@precedent/contract-types';
import type {
  ApprovalDecision,
  ApprovalsReply,
  OpenApprovalView,
  RunStepView,
  RunView,
} from '@precedent/contract-types';
import { z } from 'zod';
import { decideApprovalSchema, listApprovalsSchema, runIdSchema, signalRunSchema } from '../run-requests.ts';
import { anyJson } from '../task-spec.ts';
import { problemViewSchema } from './named.ts';
import { catalogueOf, COMMON_ERRORS } from './operation.ts';
import type { OperationPlace } from './operation.ts';
import { inner, memberOf, value, view } from './view.ts';

const { at, count, text, texts } = value;

const RUNS = {
  service: 'engine',
  group: 'run',
  errors: [...COMMON_ERRORS, 'ENGINE_NOT_RUNNING'],
} as const satisfies OperationPlace;

const decisionSchema = view<ApprovalDecision>('ApprovalDecision', {
  by: text.exactOptional(),
  approve: z.boolean(),
  comment: text.exactOptional(),
  at,
});

const stepSchema = view<RunStepView>('RunStep', {
  name: text,
  kind: z.enum(STEP_KINDS),
  state: memberOf({
    waiting: true,
    open: true,
    completed: true,
    failed: true,
    skipped: true,
    cancelled: true,
    timed_out: true,
  }),
  needs: texts,
  task: text.exactOptional().describe('of a step that is, or was, one task'),
  startedAt: at.exactOptional(),
  endedAt: at.exactOptional(),
  dueAt: at.exactOptional().describe('when it goes on, or ends, by itself'),
  items: inner<NonNullable<RunStepView['items']>>({ count, completed: count, failed: count, open: count })
    .exactOptional()
    .describe('of an open map'),
  round: count.exactOptional().describe('rounds of a repeated step that have started'),
  decisions: z.array(decisionSchema).exactOptional(),
  compensation: memberOf({ open: true, done: true, failed: true }).exactOptional().describe('what undoes it'),
  reused: z.boolean().exactOptional().describe('it was taken over from the run that this one does again'),
  result: anyJson.exactOptional() as z.ZodType<unknown>,
  error: problemViewSchema.exactOptional(),
} as never);

const runSchema = view<RunView>('Run', {
  id: text,
  namespace: text,
  project: text,
  workflow: text.exactOptional().describe('the registered workflow'),
  revision: count.exactOptional().describe('its revision that the run keeps'),
  phase: memberOf({
    running: true,
    paused: true,
    failing: true,
    cancelling: true,
    compensating: true,
    ended: true,
  }),
  rerunOf: text.exactOptional(),
  steps: z.array(stepSchema).describe('in the order of the definition'),
  signals: texts.exactOptional().describe('that came and no step has taken'),
});

const approvalSchema = view<OpenApprovalView>('OpenApproval', {
  id: text.describe('of the run'),
  step: text,
  namespace: text,
  project: text,
  workflow: text.exactOptional(),
  message: text.exactOptional(),
  by: texts.exactOptional(),
  count: count.exactOptional(),
  fourEyes: z.boolean().exactOptional(),
  comment: z.boolean().exactOptional(),
  risk: memberOf({ low: true, high: true }).exactOptional(),
  submittedBy: text.exactOptional(),
  since: at,
  dueAt: at.exactOptional(),
  decisions: z.array(decisionSchema),
});

const UNTRUSTED = ['steps[].result', 'steps[].error', 'steps[].decisions[].comment'];
const reads = { right: 'read', reach: 'namespace', mutates: false, errors: ['TASK_NOT_FOUND'] } as const;
const controls = { right: 'control', reach: 'namespace', mutates: true } as const;
const CHANGES = ['TASK_NOT_FOUND', 'TASK_SETTLED', 'PRECONDITION_FAILED'] as const;

/** Runs of workflows. A run is a task: it is started, listed, awaited and cancelled as any other. */
export const RUN_OPERATIONS = catalogueOf(RUNS, {
  show: {
    ...reads,
    summary: 'A run, with its steps.',
    request: runIdSchema,
    reply: runSchema,
    untrusted: UNTRUSTED,
  },
  signal: {
    ...controls,
    summary: 'Sends a signal to a run: the next step that waits for its name completes with its payload.',
    request: signalRunSchema,
    reply: runSchema,
    errors: [...CHANGES, 'QUEUE_FULL'],
    untrusted: UNTRUSTED,
  },
  decide: {
    summary:
      'Approves or refuses a step of a run. Only people decide, and as a rule not about what they have submitted.',
    request: decideApprovalSchema,
    reply: runSchema,
    errors: CHANGES,
    right: 'approve',
    reach: 'namespace',
    mutates: true,
    untrusted: UNTRUSTED,
  },
  pause: {
    ...controls,
    summary: 'Pauses a run: what runs goes on, nothing new starts, and its relative times stand still.',
    request: runIdSchema,
    reply: runSchema,
    errors: CHANGES,
    untrusted: UNTRUSTED,
  },
  resume: {
    ...controls,
    summary: 'Goes on with a run that is paused.',
    request: runIdSchema,
    reply: runSchema,
    errors: CHANGES,
    untrusted: UNTRUSTED,
  },
  approvals: {
    ...reads,
    summary: 'The approvals that can be given now, the oldest first.',
    request: listApprovalsSchema,
    reply: view<ApprovalsReply>('Approvals', { approvals: z.array(approvalSchema), truncated: z.boolean() }),
    errors: [],
    untrusted: ['approvals[].decisions[].comment'],
  },
});

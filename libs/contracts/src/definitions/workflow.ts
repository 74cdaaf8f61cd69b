import {
  DEFINITION_LIMITS,
  DEPENDENCY_CONDITIONS,
  PRINCIPAL_CHARS_MAX,
  STEP_KINDS,
} from '@precedent/contract-types';
import type { WorkflowSpec, WorkflowStep } from '@precedent/contract-types';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { namesOf } from '../names.ts';
import { anyJson, durationSchema } from '../task-spec.ts';
import { WORKFLOW_LIMITS } from './workflow-limits.ts';
import { celSchema, namedCelSchema, stepTaskSchema } from './step-task.ts';

const NAME_CHARS = WORKFLOW_LIMITS.stepNameChars;
const NAME = new RegExp(`^[A-Za-z][A-Za-z0-9_]{0,${NAME_CHARS - 1}}$`);
const NAME_RULE = `begins with a letter, and has at most ${NAME_CHARS} letters, digits and "_"`;

const stepName = z.string().regex(NAME, `the name of a step ${NAME_RULE}`);
const named = <V extends z.ZodType>(what: string, value: V) =>
  namesOf(z.string().regex(NAME), value, {
    error: ({ code }) => (code === 'invalid_key' ? `the name of a ${what} ${NAME_RULE}` : undefined),
  });

const needSchema = z.union(
  [
    stepName,
    z.strictObject({
      step: stepName,
      on: z.enum(DEPENDENCY_CONDITIONS).optional().describe('what it waits for; `ok` when left out'),
      optional: z.boolean().optional().describe('it has to be decided, but may be lost'),
      branch: stepName.optional().describe('of a choice: the branch that has to be chosen'),
    }),
  ],
  {
    error: () =>
      `expected the name of a step, or an object with step and on, optional or branch: a name ${NAME_RULE}`,
  },
);

const range = z
  .strictObject({ from: z.number().int(), to: z.number().int() })
  .refine(({ from, to }) => to >= from, { path: ['to'], error: 'expected at least `from`' });

const items = z.number().int().min(1).max(WORKFLOW_LIMITS.mapItems);

const mapSchema = z.strictObject({
  over: z
    .union([celSchema, range], {
      error: () => 'expected a list in CEL, or {from, to} with whole numbers, to at least from',
    })
    .describe('a list in CEL; or whole numbers from `from` up to and without `to`'),
  task: stepTaskSchema.describe(
    'of each item: its expressions also read `item` and `index`, of a batch `items` and `index`',
  ),
  max: items.optional().describe('items at most: a longer list fails the step, and nothing of it starts'),
  concurrency: items.optional().describe('tasks that are open at once'),
  batch: items.optional().describe('items in one task'),
  tolerate: z
    .strictObject({ count: z.number().int().min(0).optional(), share: z.number().min(0).max(1).optional() })
    .optional()
    .describe('tasks that may fail without failing the step: a count, or a share of 0 to 1'),
});

const repeatSchema = z.strictObject({
  task: stepTaskSchema.describe('its expressions also read `round`, which begins with 1'),
  until: celSchema.describe('a condition that also reads `result`: that of the last round'),
  max: z.number().int().min(1).max(WORKFLOW_LIMITS.rounds).describe('rounds at most: then the step fails'),
  delay: durationSchema.optional().describe('between two rounds'),
});

const childSchema = z.strictObject({
  workflow: z
    .string()
    .min(1)
    .max(DEFINITION_LIMITS.nameChars)
    .describe('the name of a workflow of the namespace'),
  input: namedCelSchema.optional().describe('members of its input, in CEL'),
  close: z
    .enum(['cancel', 'abandon'])
    .optional()
    .describe('what becomes of it when this run is cancelled; `cancel` when left out'),
});

const approvalSchema = z.strictObject({
  message: z.string().max(LIMITS.progressChars).optional().describe('what is decided, in words'),
  by: z
    .array(z.string().min(1).max(PRINCIPAL_CHARS_MAX))
    .min(1)
    .max(WORKFLOW_LIMITS.approvers)
    .optional()
    .describe('the principals that may decide; all with the right to approve when left out'),
  count: z
    .number()
    .int()
    .min(1)
    .max(WORKFLOW_LIMITS.approvers)
    .optional()
    .describe('approvals that are needed; 1 when left out'),
  fourEyes: z
    .boolean()
    .optional()
    .describe('`true` (default): neither the submitter of the run, nor the same principal twice'),
  comment: z.boolean().optional().describe('whether a decision needs a comment'),
  expires: durationSchema.optional().describe('for how long it can be decided'),
  onExpiry: z.enum(['approve', 'reject']).optional().describe('what it is then; `reject` when left out'),
  risk: z.enum(['low', 'high']).optional(),
});

const signalSchema = z.strictObject({
  name: stepName.optional().describe('that of the step when left out'),
  timeout: durationSchema.optional().describe('how long it waits'),
  onTimeout: z
    .enum(['fail', 'complete'])
    .optional()
    .describe('what becomes of the step then; `fail` when left out'),
});

const stepSchema = z
  .strictObject({
    needs: z.array(needSchema).max(LIMITS.dependencies).optional().describe('steps that it waits for'),
    join: z
      .union([z.enum(['all', 'any']), z.number().int().min(1).max(LIMITS.dependencies)], {
        error: () => `expected "all" or "any", or a number from 1 to ${LIMITS.dependencies}`,
      })
      .optional()
      .describe(
        'how many of the needs that are not optional have to be met: `all` (default), `any`, or a number',
      ),
    when: celSchema.optional().describe('a condition in CEL: where it does not hold, the step is skipped'),
    compensate: stepTaskSchema.optional().describe('undoes the step when the run fails after it completed'),
    task: stepTaskSchema.optional(),
    choice: named('branch', celSchema)
      .refine((branches) => Object.keys(branches).length > 0, 'a choice has at least one branch')
      .optional()
      .describe('branches in their order, each with its condition'),
    map: mapSchema.optional().describe('a task for each item of a list'),
    repeat: repeatSchema.optional().describe('a task, again until a condition holds'),
    child: childSchema.optional().describe('a run of another workflow'),
    approval: approvalSchema.optional().describe('waits for people to approve'),
    signal: signalSchema.optional().describe('waits for a signal to the run'),
    sleep: durationSchema.optional().describe('waits for this long'),
  })
  .superRefine((step, context) => {
    const kinds = STEP_KINDS.filter((kind) => step[kind] !== undefined);
    if (kinds.length === 1) return;
    const got = kinds.length === 0 ? 'none of them' : kinds.join(' and ');
    context.addIssue(`a step has exactly one of ${STEP_KINDS.join(', ')}; got ${got}`);
  }) satisfies z.ZodType<WorkflowStep>;

export const workflowSpecSchema = z.strictObject({
  description: z.string().max(500).optional(),
  input: z
    .record(z.string().max(LIMITS.labelChars), anyJson)
    .optional()
    .describe('what a run gets where its start gives no other value'),
  onFailure: z
    .enum(['finish', 'cancel'])
    .optional()
    .describe('what happens to running steps when the run is to fail; `finish` when left out'),
  steps: named('step', stepSchema)
    .refine((steps) => Object.keys(steps).length > 0, 'a workflow has at least one step')
    .refine(
      (steps) => Object.keys(steps).length <= WORKFLOW_LIMITS.steps,
      `at most ${WORKFLOW_LIMITS.steps} steps`,
    ),
  output: celSchema
    .optional()
    .describe('the result of a run, in CEL; the results of the last steps by name when left out'),
}) satisfies z.ZodType<WorkflowSpec>;

/** What a client may write: durations also as texts. */
export type WorkflowSource = z.input<typeof workflowSpecSchema>;

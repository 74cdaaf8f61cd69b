import type { StepTask } from '@precedent/contract-types';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { namesOf } from '../names.ts';
import { taskSpecSchema } from '../task-spec.ts';

/** An expression: the definition of a workflow as a whole is checked when it is put. */
export const celSchema = z.string().min(1).max(LIMITS.conditionChars);

export const namedCelSchema = namesOf(z.string().min(1).max(LIMITS.labelChars), celSchema);

const { shape } = taskSpecSchema;

/** The task of a step: a submission without what the run decides, such as its id and what it waits for. */
export const stepTaskSchema = z
  .strictObject({
    name: shape.name,
    type: shape.type,
    payload: shape.payload,
    command: shape.command,
    args: shape.args,
    cwd: shape.cwd,
    env: shape.env,
    labels: shape.labels,
    band: shape.band,
    pool: shape.pool,
    resources: shape.resources,
    timeouts: shape.timeouts,
    retry: shape.retry,
    preemption: shape.preemption,
    with: namedCelSchema.optional().describe('members of the payload, of a command its variables, in CEL'),
  })
  .refine((task) => task.type !== undefined || task.command !== undefined, {
    path: ['type'],
    message: 'a task needs a type, or a command',
  })
  .refine((task) => task.command !== undefined || task.type !== 'command', {
    path: ['command'],
    message: 'a task of type "command" needs a command',
  }) satisfies z.ZodType<StepTask>;

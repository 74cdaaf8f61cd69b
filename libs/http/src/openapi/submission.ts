import type { Operation } from '@precedent/contracts';
import { ENGINE_OPERATIONS, submitReplySchema, taskSchema } from '@precedent/contracts';
import { z } from 'zod';
import { LINES_TYPE } from '../task-routes.ts';
import { content, sequence } from './content.ts';
import type { Json, NamedSchemas } from './named-schemas.ts';
import { NAMESPACE } from './parameters.ts';

/** A task, a list of tasks, or a task in each line. */
export const submissionRequest = ({ request }: Operation, schemas: NamedSchemas): Json => ({
  parameters: [
    { name: 'band', in: 'query', schema: { type: 'string', enum: ['low', 'normal', 'high', 'critical'] } },
    {
      name: 'wait',
      in: 'query',
      description: 'How long to wait for the verdict, such as "30s".',
      schema: { type: 'string' },
    },
    NAMESPACE,
    { name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } },
  ],
  requestBody: {
    required: true,
    content: {
      ...content('application/json', schemas.of(request, 'input')),
      ...sequence(LINES_TYPE, schemas.of(taskSchema, 'input')),
    },
  },
});

/** With `wait` the answer is the task: settled, or as it is when the time is over. */
export const submissionAnswers = ({ reply }: Operation): Readonly<Record<string, z.ZodType>> => ({
  200: ENGINE_OPERATIONS.get.reply,
  202: z.union([reply, ENGINE_OPERATIONS.get.reply]),
  207: reply,
});

/** The answer to a stream of lines. */
export const resultLines = (schemas: NamedSchemas): Json =>
  sequence(LINES_TYPE, {
    type: 'object',
    properties: {
      line: {
        type: 'integer',
        description: 'absent where no more lines are read, for the reason in `error`',
      },
    },
    ...schemas.of(submitReplySchema, 'output'),
  });

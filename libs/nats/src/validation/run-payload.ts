import { runPayloadSchema } from '@precedent/contracts';
import type { ReadRunPayload } from '@precedent/ports';
import { problemFromZod } from './zod-problem.ts';

const FIELDS = Object.keys(runPayloadSchema.shape);

/** Checks the payload of a run as the schema says. */
export const readRunPayload: ReadRunPayload = (payload) => {
  const checked = runPayloadSchema.safeParse(payload);
  if (checked.success) return { payload: checked.data };
  const error = problemFromZod(checked.error, payload, { code: 'INVALID_TASK', fields: FIELDS });
  const issues = error.issues?.map(({ field, message }) => ({
    field: field === '' ? 'payload' : `payload.${field}`,
    message,
  }));
  return { error: { ...error, ...(issues && { issues }) } };
};

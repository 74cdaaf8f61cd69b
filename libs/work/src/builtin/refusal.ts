import { AppError } from '@precedent/kernel';

/** The payload is not valid: `field` without the word `payload`. */
export const invalidField = (field: string, message: string): AppError => {
  const name = `payload.${field}`;
  return new AppError('INVALID_TASK', `${name}: ${message}`, { issues: [{ field: name, message }] });
};

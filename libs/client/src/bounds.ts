import { AppError } from '@precedent/kernel';

interface Bound {
  readonly field: string;
  readonly max: number;
  /** What is counted. */
  readonly unit: string;
}

/** Throws INVALID_REQUEST for what is no whole number from 1 to `max`. Not a number, it would compare as no limit at all. */
export const refuseOutside = (value: number, { field, max, unit }: Bound): void => {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  const message = `${field} is 1 to ${max} ${unit}; got ${value}`;
  throw new AppError('INVALID_REQUEST', message, { issues: [{ field, message }] });
};

import { isClearedFor } from '@precedent/access';
import { ownValue } from '@precedent/kernel';
import { LABEL_FIELD } from '@precedent/ports';
import type { PointFilter, PointMark, PointPayload } from '@precedent/ports';

type Wanted = string | number | boolean | readonly (string | number)[];
type Range = { readonly from?: number; readonly to?: number };

/** Whether the payload is within the namespace and meets every condition of the filter. */
export const meets = (payload: PointPayload, filter: PointFilter): boolean => {
  const { namespace, fields = {}, not = {}, ranges = {}, cleared } = filter;
  if (payload.namespace !== namespace) return false;
  if (cleared !== undefined && !isClearedFor(cleared, labelOf(payload))) return false;
  if (!carries(payload, fields)) return false;
  if (Object.entries(not).some(([name, wanted]) => equalsAny(fieldOf(payload, name), wanted))) return false;
  return Object.entries(ranges).every(([name, range]) => isWithin(fieldOf(payload, name), range));
};

const labelOf = (payload: PointPayload): { project?: string; security?: string } => {
  const { project, [LABEL_FIELD]: security } = payload;
  return {
    ...(typeof project === 'string' && { project }),
    ...(typeof security === 'string' && { security }),
  };
};

/** Whether the payload carries each field of the mark. */
export const carries = (payload: PointPayload, mark: PointMark): boolean =>
  Object.entries(mark).every(([name, wanted]) => equalsAny(fieldOf(payload, name), wanted));

const fieldOf = (payload: PointPayload, name: string): PointPayload[string] | undefined =>
  ownValue<PointPayload[string]>(payload, name);

/** A field that is missing, or of another type, equals nothing; a list equals each of its values. */
const equalsAny = (value: PointPayload[string] | undefined, wanted: Wanted): boolean => {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const any: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  return any.some((single) => values.includes(single));
};

const isWithin = (value: PointPayload[string] | undefined, { from, to }: Range): boolean => {
  if (from === undefined && to === undefined) return true;
  if (typeof value !== 'number') return false;
  return (from === undefined || value >= from) && (to === undefined || value < to);
};

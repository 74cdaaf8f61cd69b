import { AppError } from '@precedent/kernel';

/** Bytes of JSON that a result may have: the wire has 256 KiB for the whole report. */
const RESULT_BYTES = 240 * 1024;

/** A result that the report of the attempt has room for. Throws RESULT_TOO_LARGE. */
export const withinResult = (result: unknown): unknown => {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= RESULT_BYTES) return result;
  throw new AppError('RESULT_TOO_LARGE', `the result has ${bytes} bytes of ${RESULT_BYTES} at most`);
};

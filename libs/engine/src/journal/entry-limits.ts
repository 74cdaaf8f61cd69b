import { AppError } from '@precedent/kernel';
import type { CellOptions } from '../options.ts';

/** The largest record: a task or a result, with all field names. Bytes. */
const RECORD_BYTES_MAX = 400 * 1024;
const BYTES_PER_CHAR_MAX = 3;

/**
 * How large an entry may become so that it fits into `maxEntryBytes` with any characters, also after one more record of the largest size.
 * Throws INVALID_CONFIG when the journal takes only smaller entries.
 */
export const entryLimits = (
  { entryCharsMax, entryRecordsMax }: CellOptions['journal'],
  maxEntryBytes: number,
) => {
  const chars = Math.floor((maxEntryBytes - RECORD_BYTES_MAX) / BYTES_PER_CHAR_MAX);
  if (chars > 0)
    return {
      entryCharsMax: Math.min(entryCharsMax, chars),
      entryRecordsMax,
      recordBytesMax: RECORD_BYTES_MAX,
    };
  throw new AppError(
    'INVALID_CONFIG',
    `the journal takes entries of ${maxEntryBytes} bytes, ${RECORD_BYTES_MAX} are needed: raise max_payload`,
  );
};

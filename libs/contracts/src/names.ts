import { z } from 'zod';

const KEY = '__proto__';
const REFUSAL = 'a name may not be "__proto__"';

/**
 * Names with values. A name `__proto__`, which `z.record` drops without a word, is refused: of labels and variables. Payloads of the
 * built-in types are searched for such a key as a whole, by their worker.
 */
export const namesOf = <K extends z.core.$ZodRecordKey, V extends z.core.SomeType>(
  key: K,
  value: V,
  params?: z.core.$ZodRecordParams,
): z.ZodRecord<K, V> => {
  const names = z.record(key, value, params);
  const checked = z.preprocess((input, context) => {
    const isNamed = typeof input === 'object' && input !== null && Object.hasOwn(input, KEY);
    if (isNamed) context.addIssue({ code: 'custom', path: [KEY], message: REFUSAL, input: KEY });
    return input;
  }, names);
  // What it takes and gives is the record; the type of a check in front says no more than `unknown`.
  return checked as unknown as z.ZodRecord<K, V>;
};

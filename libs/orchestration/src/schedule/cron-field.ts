/** One field of a pattern: its bounds, the words that it knows, and its name in messages. */
export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** In the order of their numbers, from `min` on. */
  readonly words?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export const SECOND: CronField = { name: 'second', min: 0, max: 59 };
export const MINUTE: CronField = { name: 'minute', min: 0, max: 59 };
export const HOUR: CronField = { name: 'hour', min: 0, max: 23 };
export const DAY: CronField = { name: 'day of month', min: 1, max: 31 };
export const MONTH: CronField = { name: 'month', min: 1, max: 12, words: MONTHS };
/** 7 is Sunday, too. */
export const WEEKDAY: CronField = { name: 'day of week', min: 0, max: 7, words: WEEKDAYS };

/** A pattern that is refused; the message names the field and its text. */
export class CronIssue extends Error {}

/** The numbers that a list of values, ranges and steps stands for, in order. Throws `CronIssue`. */
export const numbersOf = (field: CronField, text: string): readonly number[] =>
  [...new Set(text.split(',').flatMap((part) => numbersOfPart(field, part)))].toSorted((a, b) => a - b);

const numbersOfPart = (field: CronField, part: string): readonly number[] => {
  const [range = '', step, more] = part.split('/');
  const by = step === undefined ? 1 : stepOf(field, part, step);
  if (more !== undefined) throw badField(field, part);
  const [first, last] = boundsOf(field, range, step !== undefined);
  if (first > last) throw badField(field, part, `the range ${range} ends before it begins`);
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
};

const stepOf = (field: CronField, part: string, step: string): number => {
  const by = /^\d{1,4}$/.test(step) ? Number(step) : 0;
  if (by < 1 || by > field.max) throw badField(field, part, `a step is 1 to ${field.max}`);
  return by;
};

const boundsOf = (field: CronField, range: string, hasStep: boolean): readonly [number, number] => {
  // Not Sunday twice.
  if (range === '*') return [field.min, field === WEEKDAY ? 6 : field.max];
  const [first = '', last, more] = range.split('-');
  if (more !== undefined) throw badField(field, range);
  if (last === undefined && hasStep)
    throw badField(field, `${range}/…`, 'a step needs a range or "*" before it');
  return [fieldNumber(field, first), fieldNumber(field, last ?? first)];
};

/** A number or a word of the field. Throws `CronIssue`. */
export const fieldNumber = (field: CronField, text: string): number => {
  const word = field.words?.indexOf(text) ?? -1;
  if (word >= 0) return field.min + word;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  if (value < field.min || value > field.max) throw badField(field, text);
  return value;
};

export const badField = ({ name, min, max, words }: CronField, text: string, why?: string): CronIssue => {
  const known = words ? `, or ${words[0]} to ${words.at(-1)}` : '';
  return new CronIssue(`${name} "${text}": ${why ?? `expected ${min} to ${max}${known}`}`);
};

import { DAY, WEEKDAY, badField, fieldNumber, numbersOf } from './cron-field.ts';

/** A month of the Gregorian calendar. */
export interface CalendarMonth {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly days: number;
  /** Of the first day, 0 is Sunday. */
  readonly firstWeekday: number;
}

export type DayRule = (day: number, of: CalendarMonth) => boolean;

export const calendarMonth = (year: number, month: number): CalendarMonth => ({
  year,
  month,
  days: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  firstWeekday: new Date(Date.UTC(year, month - 1, 1)).getUTCDay(),
});

const weekdayOf = (day: number, { firstWeekday }: CalendarMonth): number => (firstWeekday + day - 1) % 7;

/** `L`: the last day; `LW`: the last Monday to Friday; `15W`: the Monday to Friday nearest to the 15th. The rest is a list of days. */
export const dayOfMonthRule = (text: string): DayRule => anyOf(text, dayPartRule);

const dayPartRule = (part: string): DayRule => {
  if (part === 'L') return (day, { days }) => day === days;
  if (part === 'LW') return (day, month) => day === nearestWeekday(month.days, month);
  if (part.endsWith('W')) {
    const target = fieldNumber(DAY, part.slice(0, -1));
    return (day, month) => target <= month.days && day === nearestWeekday(target, month);
  }
  return isIn(numbersOf(DAY, part));
};

/** It does not leave the month. */
const nearestWeekday = (day: number, month: CalendarMonth): number => {
  const weekday = weekdayOf(day, month);
  if (weekday === 6) return day === 1 ? day + 2 : day - 1;
  if (weekday === 0) return day === month.days ? day - 2 : day + 1;
  return day;
};

/** `5L`: the last Friday of the month; `MON#2`: the second Monday. The rest is a list of weekdays. */
export const dayOfWeekRule = (text: string): DayRule => anyOf(text, weekdayPartRule);

const weekdayPartRule = (part: string): DayRule => {
  if (part.length > 1 && part.endsWith('L')) {
    const weekday = fieldNumber(WEEKDAY, part.slice(0, -1)) % 7;
    return (day, month) => weekdayOf(day, month) === weekday && day + 7 > month.days;
  }
  const [name = '', nth, more] = part.split('#');
  if (nth === undefined) {
    const isListed = isIn(numbersOf(WEEKDAY, part).map((weekday) => weekday % 7));
    return (day, month) => isListed(weekdayOf(day, month), month);
  }
  if (more !== undefined || !/^[1-5]$/.test(nth)) throw badField(WEEKDAY, part, 'expected "#1" to "#5"');
  const weekday = fieldNumber(WEEKDAY, name) % 7;
  return (day, month) => weekdayOf(day, month) === weekday && Math.ceil(day / 7) === Number(nth);
};

const anyOf = (text: string, ruleOf: (part: string) => DayRule): DayRule => {
  const rules = text.split(',').map(ruleOf);
  return (day, month) => rules.some((rule) => rule(day, month));
};

const isIn = (numbers: readonly number[]): DayRule => {
  const listed = new Set(numbers);
  return (number) => listed.has(number);
};

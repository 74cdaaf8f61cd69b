import { scrub } from './scrub.ts';

const listed = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Words of every failure, and words without a meaning: they tell no cause from another. */
const GENERAL = listed(
  'a an and any are as at be been but by can could did do does for from had has have if in into is it its may no not of off on or our out ' +
    'over so such than that the their then there these this those to too up was we were what when where which while who will with would ' +
    'you your see more please run runs running try use used using error errors err fatal failed fail fails failure failures failing ' +
    'exception exit exits exited exiting code codes status process processes command commands cmd job jobs task tasks step steps script ' +
    'scripts build builds builder building test tests suite suites passed total skipped completed complete completely successfully ' +
    'success returned return returning aborted abort aborting stopped terminated execution executing execute executed because due non ' +
    'zero nonzero unexpected occurred unknown reason cause caused details message first last line lines log logs info warning warn note ' +
    'hint help previous following above below target recipe solve result results finished done all one only another same panic ' +
    'jan feb mar apr jun jul aug sep oct nov dec mon tue wed thu fri sat sun',
);
/** Words of many failures: they belong to a cause, and do not identify it alone. */
const COMMON = listed(
  'cannot unable denied refused found timed timeout killed memory exceeded invalid missing rejected unauthorized forbidden conflict ' +
    'corrupt mismatch exhausted locked expired undefined unresolved unreachable connection connect waiting condition file directory ' +
    'open read write permission server client host request response operation worker call',
);

const QUOTED =
  /"((?:[^"\\\n]|\\.){0,200})"|'((?:[^'\\\n]|\\.){1,200})'(?![A-Za-z])|`([^`'\n]{0,200})[`']|“([^“”\n]{0,200})”|‘([^‘’\n]{0,200})’|«([^«»\n]{0,200})»/g;
/** In `can't` the sign is no quote. */
const APOSTROPHE = /(?<=[A-Za-z])'(?=[a-z])/g;
/** What is quoted after these words differs from run to run. */
const INSTANCE =
  /\b(?:user|host|node|pod|container|runner|worker|session|request|client|branch|job|instance)\s*[:=]?\s*$/i;
/** Quoted texts of at least so many words are messages, and those of one word are names. Others are values. */
const MESSAGE_WORDS = 4;

const withoutQuotes = (text: string): string =>
  text.replace(APOSTROPHE, '’').replace(QUOTED, (...match: unknown[]) => {
    const inner = String(match.slice(1, 7).find((one) => typeof one === 'string') ?? '').trim();
    const before = text.slice(Math.max(0, Number(match[7]) - 20), Number(match[7]));
    const words = inner.split(/\s+/).length;
    const isName = words === 1 && !INSTANCE.test(before);
    return isName || words >= MESSAGE_WORDS ? ` ${inner} ` : ' ';
  });

/** Compounds stay whole: `db.internal`, `org.apache.Foo`, `react-dom`. */
const WORD = /[\p{L}\p{N}_]+(?:[.-][\p{L}\p{N}_]+)*/gu;
/** `TS2345`, `ORA-00942`, `CVE-2026-1`, `404`: what `scrub` has left of numbers is a code. */
const CODE = /^(?:[A-Z]{1,8}-?\d+(?:-\d+)*|\d+)$/;
/** Of other words a number is a version or a counter: `lodash-4.17`, `rank3`, `gpu-b02`. */
const COUNTER = /(?<=\p{L})[.-]?\d+(?:[.-]\d+)*/gu;

/**
 * The distinct words of a text that tell a cause, in their order and in lower case: names and codes, without what differs between two
 * occurrences (ids, times, numbers, folders, versions) and without words of every failure.
 */
export const causeWords = (text: string): readonly string[] => {
  const stable = scrub(withoutQuotes(text)).replace(/<\w+>/g, ' ');
  const words = Array.from(stable.matchAll(WORD), ([word]) =>
    (CODE.test(word) ? word : word.replace(COUNTER, '')).toLowerCase(),
  );
  return [...new Set(words)].filter((word) => word.length > 1 && !GENERAL.has(word));
};

/** Whether a word of a cause tells it from most others. A bare number does not. */
export const isSpecificWord = (word: string): boolean => !COMMON.has(word) && !/^\d+$/.test(word);

import type { HistoryFilter } from '@precedent/contract-types';
import { AppError, cutGraphemes, normalForm, ownValue } from '@precedent/kernel';
import { spaced } from '@precedent/ports';
import type { TaskEntry } from '@precedent/ports';

/** Whether a task is what was asked for; `time` is the one that `since` and `until` speak of. */
export const isIn = (entry: TaskEntry, filter: HistoryFilter, time: number | undefined): boolean => {
  const { row } = entry;
  const { class: kind, run } = row;
  return (
    time !== undefined &&
    time >= (filter.since ?? 0) &&
    time < (filter.until ?? Number.POSITIVE_INFINITY) &&
    isOneOf(entry.state, filter.state) &&
    isOneOf(kind.band, filter.band) &&
    isOneOf(kind.type, filter.type) &&
    isOneOf(kind.namespace, one(filter.namespace)) &&
    isOneOf(kind.project, one(filter.project)) &&
    isOneOf(run.worker, one(filter.worker)) &&
    isOneOf(run.error?.code, one(filter.errorCode)) &&
    Object.entries(filter.labels ?? {}).every(([name, value]) => ownValue(kind.labels, name) === value) &&
    (filter.text === undefined || hasWords(entry, filter.text))
  );
};

const one = (value: string | undefined): readonly string[] | undefined =>
  value === undefined ? undefined : [value];

const isOneOf = (value: string | undefined, wanted: readonly string[] | undefined): boolean =>
  wanted === undefined || wanted.length === 0 || (value !== undefined && wanted.includes(value));

/** The parts of a text that count as words, in lower case and without accents. */
const tokensOf = (text: string): string[] =>
  spaced(normalForm(text, 'NFD'))
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

const fieldsOf = ({ row, name = '', command = '' }: TaskEntry): string[][] => {
  const { error } = row.run;
  const labels = Object.entries(row.class.labels).flat().join(' ');
  return [name, row.class.type, command, error ? `${error.code} ${error.message}` : '', labels].map(tokensOf);
};

/** Each word, as a phrase of its parts, stands in some field; the last one may be a beginning. */
const hasWords = (entry: TaskEntry, text: string): boolean => {
  const fields = fieldsOf(entry);
  const words = phrasesOf(text);
  return words.every((phrase, index) =>
    fields.some((field) => countOf(field, phrase, index === words.length - 1) > 0),
  );
};

const phrasesOf = (text: string): string[][] => {
  const phrases = text
    .split(/\s+/)
    .map(tokensOf)
    .filter((phrase) => phrase.length > 0);
  if (phrases.length > 0) return phrases;
  throw new AppError('INVALID_REQUEST', `"${cutGraphemes(text, 40)}" holds no word to look for`);
};

const countOf = (field: readonly string[], phrase: readonly string[], openEnd: boolean): number => {
  const isAt = (from: number): boolean =>
    phrase.every((part, index) => {
      const found = field[from + index] ?? '';
      return openEnd && index === phrase.length - 1 ? found.startsWith(part) : found === part;
    });
  return field.filter((_, from) => isAt(from)).length;
};

/** More where the words stand more often. */
export const scoreOf = (entry: TaskEntry, text: string): number => {
  const words = phrasesOf(text);
  return fieldsOf(entry)
    .flatMap((field) => words.map((phrase) => countOf(field, phrase, true)))
    .reduce((sum, count) => sum + count, 0);
};

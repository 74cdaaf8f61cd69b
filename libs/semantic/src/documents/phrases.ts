import { canonicalJson } from '@precedent/kernel';
import type { TaskFacts } from '../facts.ts';
import { plainText, referencesIn } from '../fingerprint/scrub.ts';
import { cut, singleLine } from '../text/words.ts';
import { shortHash } from './uuid5.ts';

/** A type as words: `data import csv` for `data.import_csv`. */
const typeWords = (type: string): string => type.replace(/[._-]+/g, ' ');

/** The title of a task in a sentence: its name without volatile parts, or its type. */
export const taskTitle = ({ name, type }: Pick<TaskFacts, 'name' | 'type'>): string => {
  const plain = name === undefined ? '' : plainText(name);
  return plain === '' ? typeWords(type) : plain;
};

/** The title, and the type where the title does not hold it. */
export const subjectOf = (facts: Pick<TaskFacts, 'name' | 'type'>): string => {
  const title = taskTitle(facts);
  return title === typeWords(facts.type) || facts.type === 'command' ? title : `${title} (${facts.type})`;
};

const COMMAND_CHARS = 400;

/** The command with its arguments, as typed in a shell. */
export const commandLine = ({ command, args }: Pick<TaskFacts, 'command' | 'args'>): string | undefined => {
  if (command === undefined) return undefined;
  return singleLine([command, ...(args ?? []).map(quoted)].join(' '));
};

const quoted = (arg: string): string => (/\s/.test(arg) ? `'${arg}'` : arg);

/** The command without what differs from run to run. */
export const plainCommand = (facts: Pick<TaskFacts, 'command' | 'args'>): string | undefined => {
  const line = commandLine(facts);
  return line === undefined ? undefined : cut(plainText(line), COMMAND_CHARS);
};

/** The keys of a shape, separated by commas. */
export const shapeText = (shape: readonly string[]): string =>
  shape.map((one) => one.replace(/:(\w+)$/, '').replace(/\[\]/g, '')).join(', ');

const DURATION_TEXTS: readonly (readonly [number, string])[] = [
  [1_000, 'under a second'],
  [10_000, 'seconds'],
  [60_000, 'under a minute'],
  [300_000, 'a few minutes'],
  [1_800_000, 'many minutes'],
  [7_200_000, 'about an hour'],
  [21_600_000, 'hours'],
  [Number.POSITIVE_INFINITY, 'very long'],
];

/** A duration in words, so coarse that two usual runs have the same words. */
export const roughDuration = (ms: number): string =>
  DURATION_TEXTS.find(([limit]) => ms < limit)?.[1] ?? 'very long';

/** Equal for tasks whose requests differ only in numbers, paths and values. */
export const specHash = (facts: TaskFacts): string =>
  shortHash(
    canonicalJson([
      facts.type,
      facts.name === undefined ? '' : plainText(facts.name),
      plainCommand(facts) ?? '',
      facts.payloadShape ?? [],
      ...labelOf(facts),
    ]),
  );

/** Equal for tasks of one project with the same spec. */
export const specKeyOf = (facts: TaskFacts): string =>
  JSON.stringify([facts.namespace, facts.project, specHash(facts)]);

/** Equal only for tasks with exactly the same request, including the payload where it is known. */
export const exactSpecHash = (facts: TaskFacts): string =>
  shortHash(
    canonicalJson([
      facts.project,
      facts.type,
      facts.name ?? '',
      facts.command ?? '',
      facts.args ?? [],
      facts.cwd ?? '',
      facts.payloadShape ?? [],
      facts.payloadValues ?? null,
      facts.inputHash ?? null,
      ...labelOf(facts),
    ]),
  );

/** Tasks with different security labels have nothing in common: one never stands for another. */
const labelOf = ({ security }: TaskFacts): readonly string[] => (security === undefined ? [] : [security]);

/** Ids by which the documents of the task are found, its own first. */
export const taskReferences = (facts: TaskFacts): readonly string[] => [
  facts.id.toLowerCase(),
  ...referencesIn([facts.name, commandLine(facts), facts.version].filter(Boolean).join('\n')),
];

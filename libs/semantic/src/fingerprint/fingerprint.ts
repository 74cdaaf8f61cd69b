import { cutText } from '@precedent/kernel';
import { createHash } from 'node:crypto';
import type { ErrorFacts } from '../facts.ts';
import { singleLine } from '../text/words.ts';
import { failedTestOf, mostTelling } from './salient.ts';
import { scrub } from './scrub.ts';
import { isStackLine, topFrames } from './stack.ts';

/** Equal for two occurrences of the same failure. */
export interface Fingerprint {
  /** 16 hexadecimal digits of the pattern's SHA-256. */
  readonly hash: string;
  /** The hashed text, readable by people. */
  readonly pattern: string;
}

export interface FailureText {
  readonly error: ErrorFacts;
  readonly exitCode?: number;
  readonly output?: string;
}

const FRAMES = 2;
const PATTERN_CHARS = 600;
const QUOTED =
  /"(?:[^"\\\n]|\\.){0,200}"|'(?:[^'\\\n]|\\.){1,200}'(?![A-Za-z])|`[^`\n]{0,200}`|“[^“”\n]{0,200}”|«[^«»\n]{0,200}»/g;
/** In `can't` the sign is no quote. */
const APOSTROPHE = /(?<=[A-Za-z])'(?=[a-z])/g;

/** A message without what differs between occurrences: ids, times, numbers, paths, quoted values. */
export const patternOf = (message: string): string => {
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !isStackLine(line));
  const text = lines.slice(0, 4).join(' ').replace(APOSTROPHE, '’').replace(QUOTED, '<q>');
  const pattern = singleLine(scrub(text))
    .replace(/(<\w+>)(?:[\s,;]+\1)+/g, '$1')
    .replaceAll('’', "'");
  return cutText(pattern, PATTERN_CHARS);
};

/** Messages of commands that state only that they failed; their output states why. */
const GENERIC_MESSAGE =
  /^(?:command (?:exited with code|was killed by)|exit(?:ed)? (?:code|status)|process exited|failed$|error$|unknown error)/i;

/** The message of a failure; a generic message is followed by the most telling line of the output. */
export const tellingMessage = ({ error, output }: FailureText): string => {
  if (!GENERIC_MESSAGE.test(error.message) || output === undefined) return error.message;
  const line = mostTelling(output);
  return line === undefined ? error.message : `${error.message}: ${withoutPrefix(line)}`;
};

/** Removes the time with which loggers begin a line. */
const withoutPrefix = (line: string): string =>
  line
    .replace(/^\[?\d{4}-\d{2}-\d{2}[T ][\d:.,]+Z?\]?\s*/, '')
    .replace(/^\[?\d{2}:\d{2}:\d{2}[.,\d]*\]?\s*/, '');

/** The fingerprint of a failure. Redact the failure first, because the pattern is stored and shown. */
export const fingerprintOf = (failure: FailureText): Fingerprint => {
  const { error, exitCode, output } = failure;
  const stack = [error.stack, error.message, output].find(
    (text) => text !== undefined && topFrames(text, 1).length > 0,
  );
  const frames = topFrames(stack ?? '', FRAMES).map((one) => `${one.function}@${one.file}`);
  const test = failedTestOf(output ?? '');
  const parts = [
    error.code,
    patternOf(tellingMessage(failure)),
    ...(test === undefined ? [] : [`test ${patternOf(test)}`]),
    ...frames,
    ...exitPart(error, exitCode),
  ];
  const pattern = parts.filter((part) => part !== '').join(' | ');
  return { hash: createHash('sha256').update(pattern).digest('hex').slice(0, 16), pattern };
};

/** The exit code, unless the message holds it: 137, 139 and 143 name the signal. */
const exitPart = (error: ErrorFacts, exitCode: number | undefined): readonly string[] =>
  exitCode === undefined || exitCode === 0 || error.message.includes(String(exitCode))
    ? []
    : [`exit ${exitCode}`];

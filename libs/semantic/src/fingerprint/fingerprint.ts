import { cutText } from '@precedent/kernel';
import { createHash } from 'node:crypto';
import type { ErrorFacts } from '../facts.ts';
import { singleLine } from '../text/words.ts';
import { failedTestOf, mostTelling } from './salient.ts';
import { scrub } from './scrub.ts';
import { isStackLine, topFrames } from './stack.ts';

/** What makes two failures the same one. */
export interface Fingerprint {
  /** 16 hexadecimal digits of the pattern's SHA-256. */
  readonly hash: string;
  /** What was hashed, for people to read. */
  readonly pattern: string;
}

export interface FailureText {
  readonly error: ErrorFacts;
  readonly exitCode?: number;
  readonly logTail?: string;
}

const FRAMES = 2;
const PATTERN_CHARS = 600;
const QUOTED =
  /"(?:[^"\\\n]|\\.){0,200}"|'(?:[^'\\\n]|\\.){1,200}'(?![A-Za-z])|`[^`\n]{0,200}`|“[^“”\n]{0,200}”|«[^«»\n]{0,200}»/g;
/** In `can't` it is no quote. */
const APOSTROPHE = /(?<=[A-Za-z])'(?=[a-z])/g;

/** A message without anything that differs from one occurrence to the next: ids, times, numbers, paths, quoted values. */
export const patternOf = (message: string): string => {
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !isStackLine(line));
  const text = lines.slice(0, 4).join(' ').replace(APOSTROPHE, '’').replace(QUOTED, '<q>');
  const pattern = singleLine(scrub(text))
    .replace(/(<\w+>)(?:[\s,;]+\1)+/g, '$1')
    .replaceAll('’', "'");
  return cutText(pattern, PATTERN_CHARS);
};

/** Messages of commands say only that they failed: what they wrote says why. */
const SAYS_NOTHING =
  /^(?:command (?:exited with code|was killed by)|exit(?:ed)? (?:code|status)|process exited|failed$|error$|unknown error)/i;

/** The line that tells most of a failure: its message, or what the output has in its place. */
export const tellingMessage = ({ error, logTail }: FailureText): string => {
  const output = logTail ?? stderrOf(error);
  if (!SAYS_NOTHING.test(error.message) || output === undefined) return error.message;
  const told = mostTelling(output);
  return told === undefined ? error.message : `${error.message}: ${withoutPrefix(told)}`;
};

const stderrOf = (error: ErrorFacts): string | undefined => {
  const stderr = error.details?.['stderr'] ?? error.details?.['stdout'];
  return typeof stderr === 'string' && stderr !== '' ? stderr : undefined;
};

/** Loggers begin a line with the time, a level, a name. */
const withoutPrefix = (line: string): string =>
  line
    .replace(/^\[?\d{4}-\d{2}-\d{2}[T ][\d:.,]+Z?\]?\s*/, '')
    .replace(/^\[?\d{2}:\d{2}:\d{2}[.,\d]*\]?\s*/, '');

/** The fingerprint of a failure. Redact first: the pattern is kept and shown. */
export const fingerprintOf = (failure: FailureText): Fingerprint => {
  const { error, exitCode, logTail } = failure;
  const stack = [error.stack, error.message, logTail, stderrOf(error)].find(
    (text) => text !== undefined && topFrames(text, 1).length > 0,
  );
  const frames = topFrames(stack ?? '', FRAMES).map((one) => `${one.function}@${one.file}`);
  const test = failedTestOf(logTail ?? stderrOf(error) ?? '');
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

/** A signal's exit code (137, 139, 143) tells what killed it, though the message may not. */
const exitPart = (error: ErrorFacts, exitCode: number | undefined): readonly string[] =>
  exitCode === undefined || exitCode === 0 || error.message.includes(String(exitCode))
    ? []
    : [`exit ${exitCode}`];

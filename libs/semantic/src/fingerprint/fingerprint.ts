import { cutText } from '@precedent/kernel';
import { createHash } from 'node:crypto';
import type { ErrorFacts } from '../facts.ts';
import { weighedLines } from '../output/telling-lines.ts';
import { causeWords, isSpecificWord } from './cause-words.ts';
import { failedTestOf } from './failed-test.ts';
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
  readonly output?: string;
}

const PATTERN_CHARS = 600;
const LINES_MAX = 3;
/** Specific words after which no other line is added, and below which the failed test and the place in the code are. */
const ENOUGH = { lines: 5, places: 6 };
/** The least weight of the first line, below which there is progress only, and of those that are added to it. */
const WEIGHT_MIN = { first: -1, more: 1 };

/** The fingerprint of a failure; `undefined` when its message and its output say nothing of the cause. Redact the failure first, because the pattern is stored and shown. */
export const fingerprintOf = (failure: FailureText): Fingerprint | undefined => {
  const lines = causeLinesOf(failure);
  const words = new Set(lines.flat().filter(isSpecificWord));
  const places = words.size < ENOUGH.places ? placesOf(failure) : [];
  // Sorted, because programs print lines of parallel work in any order.
  const parts = [...lines.map((line) => line.join(' ')).toSorted(), ...places];
  if (parts.length === 0) return undefined;
  const pattern = cutText([failure.error.code, ...parts].join(' | '), PATTERN_CHARS);
  return { hash: createHash('sha256').update(pattern).digest('hex').slice(0, 16), pattern };
};

/** The words of the message and of the most telling lines of the output, as many as tell the cause from others. */
const causeLinesOf = ({ error, output = '' }: FailureText): readonly (readonly string[])[] => {
  const telling = weighedLines(output)
    .filter(({ level }) => level !== 'info' && level !== 'warning')
    .toSorted((a, b) => b.weight - a.weight);
  const chosen = new Map<string, readonly string[]>();
  const specific = new Set<string>();
  for (const { message, weight } of [{ message: messageOf(error), weight: Infinity }, ...telling]) {
    if (chosen.size >= LINES_MAX || specific.size >= ENOUGH.lines) break;
    if (weight < (chosen.size === 0 ? WEIGHT_MIN.first : WEIGHT_MIN.more)) break;
    const words = causeWords(message);
    const own = words.filter((word) => !/^\d+$/.test(word));
    if (own.length === 0) continue;
    chosen.set(words.join(' '), words);
    for (const word of own.filter(isSpecificWord)) specific.add(word);
  }
  return [...chosen.values()];
};

/** Codes of errors whose message says how the attempt ended, and not why. */
const ENDED_BY_ENGINE = new Set([
  'WORKER_LOST',
  'ATTEMPT_TIMEOUT',
  'HEARTBEAT_TIMEOUT',
  'QUEUE_TIMEOUT',
  'TOTAL_TIMEOUT',
  'EXPIRED',
]);
/** The messages of commands that state only that they failed; their output states why. */
const ENDED_COMMAND = /^command (?:exited with code|was killed by)/;
const MESSAGE_LINES = 4;

const messageOf = ({ code, message }: ErrorFacts): string => {
  if (ENDED_BY_ENGINE.has(code) || ENDED_COMMAND.test(message)) return '';
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !isStackLine(line));
  return lines.slice(0, MESSAGE_LINES).join(' ');
};

/** The test that failed, and the innermost frame of the program itself. */
const placesOf = ({ error, output }: FailureText): readonly string[] => {
  const test = failedTestOf(output ?? '');
  const frames = [error.stack, error.message, output].map((text) => topFrames(text ?? '', 1)[0]);
  const frame = frames.find((one) => one !== undefined);
  return [
    ...(test === undefined ? [] : [`test ${causeWords(test).join(' ')}`]),
    ...(frame?.isOurs ? [`${frame.function}@${frame.file}`] : []),
  ];
};

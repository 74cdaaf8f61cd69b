import { isStackLine } from '../fingerprint/stack.ts';
import { EMPTY_WEIGHT, isAnnouncement, weightOf } from './line-weight.ts';
import { outputLinesOf } from './output-line.ts';
import type { OutputLine } from './output-line.ts';

/** A line that explains a failure. */
export interface TellingLine extends OutputLine {
  /** Higher for a line that explains more. */
  readonly weight: number;
  /** Its place among the lines of the output. */
  readonly at: number;
}

const DECORATION = /^[^\p{L}\p{N}]*$/u;

/** Python prints the source below a frame. */
const isSourceOf = (before: OutputLine | undefined, line: OutputLine): boolean =>
  /^File "[^"]+", line \d/.test(before?.message ?? '') && /^(?:\[[^\]]{1,60}\]:?)?\s{2}/.test(line.raw);

/** For a line below a telling one, and for the last line. */
const NEXT_WEIGHT = 0.5;
const ANNOUNCED_WEIGHT = 2;
const LAST_WEIGHT = 0.5;
const ABOUT_EQUAL = /[\d\s]+/g;
const sameness = (message: string): string => message.toLowerCase().replace(ABOUT_EQUAL, ' ');

const baseOf = (line: OutputLine, before: OutputLine | undefined): number => {
  if (isSourceOf(before, line)) return 0;
  return weightOf(line) + (before !== undefined && isAnnouncement(before) ? ANNOUNCED_WEIGHT : 0);
};

/** Every line with its weight. Of lines that differ in numbers only, the last one. Stacks and decoration are left out. */
export const weighedLines = (output: string): readonly TellingLine[] => {
  const all = outputLinesOf(output);
  const weighed = all.map((line, at) => ({ line, base: baseOf(line, all[at - 1]) }));
  const lines = weighed.filter(({ line: { message } }) => !DECORATION.test(message) && !isStackLine(message));
  const last = new Map(lines.map(({ line }, at) => [sameness(line.message), at]));
  const distinct = lines.filter(({ line }, at) => last.get(sameness(line.message)) === at);
  const bases = distinct.map(({ base }) => base);
  const count = distinct.length;
  const end = bases.findLastIndex((weight) => weight > EMPTY_WEIGHT);
  return distinct.map(({ line }, at) => {
    const before = Math.max(bases[at - 1] ?? 0, (bases[at - 2] ?? 0) - 1);
    const adjacent = before >= 3 && (bases[at] ?? 0) > -2 ? NEXT_WEIGHT : 0;
    const isLast = at === end ? LAST_WEIGHT : 0;
    return { ...line, at, weight: (bases[at] ?? 0) + adjacent + isLast + at / count };
  });
};

/** The lines that explain a failure, in their order. Never none of an output with words: without a telling line the last ones. */
export const tellingLines = (output: string, max: number): readonly TellingLine[] =>
  tellingAmong(weighedLines(output))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, max)
    .toSorted((a, b) => a.at - b.at);

/** The weight from which a line is a telling one. */
const TELLING_WEIGHT = 2;
const LAST_LINES = 3;

/** The telling ones among the lines of an output; the last ones, when there is none. */
export const tellingAmong = (lines: readonly TellingLine[]): readonly TellingLine[] => {
  const telling = lines.filter(({ weight }) => weight >= TELLING_WEIGHT);
  return telling.length > 0 ? telling : lines.slice(-LAST_LINES);
};

import { excerptOf } from '@precedent/kernel';
import { visibleLine } from './terminal/visible.ts';

/** A problem, or the error of an event. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What went wrong, in one line: the message, and what the command wrote last, where that says something. */
export const failureText = ({ message, details }: Failure): string => {
  const line = outputLineOf(details);
  const fact = visibleLine(message);
  return line === undefined || fact.includes(line) ? fact : `${fact}: ${line}`;
};

/** The same for a narrow column: `exit 3: …` of a command. */
export const briefFailure = (failure: Failure): string => {
  const { exitCode, signal } = failure.details ?? {};
  if (typeof exitCode !== 'number' && typeof signal !== 'string') return failureText(failure);
  const line = outputLineOf(failure.details);
  const fact = typeof exitCode === 'number' ? `exit ${exitCode}` : String(signal);
  return line === undefined ? fact : `${fact}: ${line}`;
};

/** With its code before it. */
export const codedFailure = (failure: Failure): string => `${failure.code}: ${failureText(failure)}`;

/** Columns after which a line of output is cut. */
const LINE_CHARS = 200;
const LINES_MAX = 20;
const NAMES_ERROR =
  /\b(error|fatal|failed|failure|cannot|denied|refused|not found|no such|panic|exception|\w+Error)\b/i;

/** The last line of stderr or stdout that names an error; else the last one of stderr with a word in it. */
const outputLineOf = ({ stderr, stdout }: Failure['details'] = {}): string | undefined => {
  const [errors, output] = [linesOf(stderr), linesOf(stdout)];
  const line = namingError(errors) ?? namingError(output) ?? errors.at(-1);
  return line === undefined ? undefined : excerptOf(line, LINE_CHARS);
};

const linesOf = (output: unknown): readonly string[] =>
  typeof output !== 'string'
    ? []
    : output
        .split('\n')
        .slice(-LINES_MAX)
        .map(visibleLine)
        .filter((line) => /[\p{L}\p{N}]{2}/u.test(line));

/** With the next line, if it announces that. */
const namingError = (lines: readonly string[]): string | undefined => {
  const at = lines.findLastIndex((line) => NAMES_ERROR.test(line));
  const [line, next] = lines.slice(at < 0 ? lines.length : at);
  return line?.endsWith(':') && next !== undefined ? `${line} ${next}` : line;
};

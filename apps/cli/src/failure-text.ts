import { excerptOf } from '@precedent/kernel';
import { visibleLine } from './terminal/visible.ts';

/** A problem, or the error of an event. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What went wrong, in one line: the message, and what the command wrote to stderr last, where that says something. */
export const failureText = ({ message, details }: Failure): string => {
  const line = informativeLine(details?.['stderr']);
  const fact = visibleLine(message);
  return line === undefined || fact.includes(line) ? fact : `${fact}: ${line}`;
};

/** The same for a narrow column: `exit 3: …` of a command. */
export const briefFailure = (failure: Failure): string => {
  const { exitCode, signal, stderr } = failure.details ?? {};
  if (typeof exitCode !== 'number' && typeof signal !== 'string') return failureText(failure);
  const line = informativeLine(stderr);
  const fact = typeof exitCode === 'number' ? `exit ${exitCode}` : String(signal);
  return line === undefined ? fact : `${fact}: ${line}`;
};

/** With its code before it. */
export const codedFailure = (failure: Failure): string => `${failure.code}: ${failureText(failure)}`;

/** Columns after which a line of stderr is cut. */
const LINE_CHARS = 200;
const LINES_MAX = 20;

/** The last line with a word in it; a line that names an error is preferred to later ones. */
const informativeLine = (stderr: unknown): string | undefined => {
  if (typeof stderr !== 'string') return undefined;
  const lines = stderr
    .split('\n')
    .slice(-LINES_MAX)
    .map(visibleLine)
    .filter((line) => /[\p{L}\p{N}]{2}/u.test(line));
  const line = lines.findLast((one) => NAMES_ERROR.test(one)) ?? lines.at(-1);
  return line === undefined ? undefined : excerptOf(line, LINE_CHARS);
};

const NAMES_ERROR =
  /\b(error|fatal|failed|failure|cannot|denied|refused|not found|no such|panic|exception|\w+Error)\b/i;

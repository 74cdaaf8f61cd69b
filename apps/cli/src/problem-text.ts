import { catalogue, problemOf, fieldOf } from '@precedent/kernel';
import type { ErrorCode, Problem } from '@precedent/kernel';
import { jsonLine } from './output.ts';
import { codedFailure } from './failure-text.ts';
import { exitCodeOf } from './exit-codes.ts';
import { visibleLine } from './terminal/visible.ts';
import type { Io } from './io.ts';

/** One line with the code, one for each issue that the message does not contain, and the remedy, with the id of the task where there is one. */
export const problemText = (problem: Problem, id?: string): string => {
  const { code, message, issues = [] } = problem;
  const [only] = issues;
  const isInMessage =
    issues.length === 1 && only && message.includes(only.message) && message.includes(only.field);
  const lines = [
    `error ${codedFailure(problem)}`,
    ...(isInMessage ? [] : issues).map(({ field, message: why }) => `  ${field}: ${visibleLine(why)}`),
    `  ${remedyText(code, id)}`,
  ];
  return `${lines.join('\n')}\n`;
};

/** What to do about an error of this task. */
export const remedyText = (code: ErrorCode, id: string | undefined): string =>
  id === undefined ? catalogue[code].remedy : catalogue[code].remedy.replaceAll('<id>', id);

/** Writes an error to stderr, with its stack when PRECEDENT_DEBUG is 1, and returns its exit code. */
export const report = (error: unknown, { err, env }: Pick<Io, 'err' | 'env'>, json: boolean): number => {
  const problem = problemOf(error);
  err(json ? jsonLine({ error: problem }) : problemText(problem));
  const stack = fieldOf(error, 'stack');
  if (env['PRECEDENT_DEBUG'] === '1' && typeof stack === 'string') err(`${stack}\n`);
  return exitCodeOf(error);
};

import { catalogue, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { jsonLine, oneLine } from './output.ts';
import type { Io } from './io.ts';

/** One line with the code, one for each issue, and what to do about it. */
export const problemText = ({ code, message, issues = [] }: Problem): string => {
  const lines = [
    `error ${code}: ${oneLine(message)}`,
    ...issues.map(({ field, message: why }) => `  ${field}: ${oneLine(why)}`),
    `  ${catalogue[code].remedy}`,
  ];
  return `${lines.join('\n')}\n`;
};

export const exitCodeOf = ({ code }: Problem): number => catalogue[code].exit;

/** Tells of an error on stderr and returns the exit code for it. The stack is for those who asked for it. */
export const report = (error: unknown, { err, env }: Pick<Io, 'err' | 'env'>, json: boolean): number => {
  const problem = problemOf(error);
  err(json ? jsonLine({ error: problem }) : problemText(problem));
  if (env['PRECEDENT_DEBUG'] === '1' && error instanceof Error) err(`${error.stack ?? ''}\n`);
  return exitCodeOf(problem);
};

import { catalogue, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { jsonLine } from './output.ts';
import { oneLine } from './terminal/visible.ts';
import type { Io } from './io.ts';

/** One line with the code, one for each issue that it does not tell, and what to do about it. */
export const problemText = ({ code, message, issues = [] }: Problem): string => {
  const [only] = issues;
  const isTold =
    issues.length === 1 && only && message.includes(only.message) && message.includes(only.field);
  const lines = [
    `error ${code}: ${oneLine(message)}`,
    ...(isTold ? [] : issues).map(({ field, message: why }) => `  ${field}: ${oneLine(why)}`),
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

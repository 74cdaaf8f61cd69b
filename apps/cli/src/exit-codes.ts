import { catalogue } from '@precedent/kernel';
import { tableText } from './terminal/table.ts';

/** The command line itself is wrong: an unknown flag, a missing argument. */
export const USAGE_EXIT = 64;
/** Some of several things that were asked for were refused. */
export const SOME_FAILED_EXIT = 1;
/** Ended by a second Ctrl-C. */
export const FORCED_EXIT = 130;

export interface ExitRow {
  readonly exit: number;
  readonly meaning: string;
}

/** Every exit code and what it stands for, rising. */
export const exitRows = (): ExitRow[] => {
  const byExit = new Map<number, string[]>([
    [0, ['success; for `run`: the task completed']],
    [SOME_FAILED_EXIT, ['some of several tasks could not be deleted']],
    [USAGE_EXIT, ['the command line is not valid']],
  ]);
  for (const [code, { exit }] of Object.entries(catalogue))
    byExit.set(exit, [...(byExit.get(exit) ?? []), code]);
  return [...byExit]
    .map(([exit, codes]) => ({ exit, meaning: codes.join(', ') }))
    .toSorted((a, b) => a.exit - b.exit);
};

/** `precedent help exit-codes`. */
export const exitCodesText = (): string => {
  const table = tableText(
    ['exit', 'error'],
    exitRows().map(({ exit, meaning }) => [String(exit), meaning]),
    { columns: Number.POSITIVE_INFINITY },
  );
  return `${table}\n\`run\` of a command that failed exits with the command's own exit code.\n`;
};

import { catalogue, problemOf } from '@precedent/kernel';
import { UsageError } from './usage-error.ts';
import { tableText } from './terminal/table.ts';

/** The command line itself is wrong: an unknown flag, a missing argument, a value that a flag does not take. */
export const USAGE_EXIT = 64;
/** Ended by a second Ctrl-C. */
export const FORCED_EXIT = 130;
/** The reader of the output went away: the shell's number for SIGPIPE. */
export const BROKEN_PIPE_EXIT = 141;
/** The output could not be written: a full disk. */
export const OUTPUT_FAILED_EXIT = 74;

/** What the process exits with after this error; with several errors, the first one says. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof UsageError ? USAGE_EXIT : catalogue[problemOf(error).code].exit;

/** What the table does not say. */
export const RUN_EXIT_TEXT =
  "`run` of a command that failed exits with the command's own exit code, or with 128 + the signal that killed it (SIGKILL: 137).";

export interface ExitRow {
  readonly exit: number;
  readonly meaning: string;
}

/** Every exit code and what it stands for, rising. */
export const exitRows = (): ExitRow[] => {
  const byExit = new Map<number, string[]>([
    [0, ['success; for `run`: the task completed']],
    [USAGE_EXIT, ['the command line is not valid']],
  ]);
  byExit.set(BROKEN_PIPE_EXIT, ['the reader of the output went away (`| head`)']);
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
  return `${table}\n${RUN_EXIT_TEXT}\n`;
};

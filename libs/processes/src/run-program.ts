import { problemOf } from '@precedent/kernel';
import { reapAsInit } from './init.ts';
import { announceFailed } from './parent.ts';

/**
 * Runs the main function of a program. When it rejects, the error is written to stderr and reported to the program that started this one,
 * and the process ends with code 1: connections and timers of a program that could not start hold nothing worth waiting for. Call it
 * before anything else.
 */
export const runProgram = (main: () => Promise<void>): void => {
  reapAsInit();
  main().catch((error: unknown) => {
    const { code, message, issues = [] } = problemOf(error);
    const lines = issues.map((issue) => `  ${issue.field}: ${issue.message}\n`).join('');
    process.stderr.write(`error ${code}: ${message}\n${lines}`);
    announceFailed(error);
    process.exitCode = 1;
    process.disconnect?.();
    setImmediate(() => process.exit(1));
  });
};

import { problemOf } from '@precedent/kernel';
import { takeEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { returnIdleMemory } from './idle-memory.ts';
import { reapAsInit } from './init.ts';
import { announceFailed } from './parent.ts';
import { setNice } from './priority.ts';
import { keepFilesPrivate, makePrivate } from './private-files.ts';

/**
 * Runs the main function of a program. When it rejects, the error is written to stderr and reported to the program that started this one,
 * and the process ends with code 1: connections and timers of a program that could not start hold nothing worth waiting for. Call it
 * before anything else. From when it resolves, memory that the program does not need while it is quiet is returned.
 */
export const runProgram = (main: () => Promise<void>): void => {
  reapAsInit();
  main().then(returnIdleMemory, (error: unknown) => {
    const { code, message, issues = [] } = problemOf(error);
    const lines = issues.map((issue) => `  ${issue.field}: ${issue.message}\n`).join('');
    process.stderr.write(`error ${code}: ${message}\n${lines}`);
    announceFailed(error);
    process.exitCode = 1;
    process.disconnect?.();
    setImmediate(() => process.exit(1));
  });
};

/** Writes a line to stdout. */
export const printLine = (line: string): void => void process.stdout.write(`${line}\n`);

export interface ConfigSource<C> {
  /** See `takeEnvironment`. */
  readonly isSettingName: (name: string) => boolean;
  readonly loadConfig: (from: { readonly cwd: string; readonly env: Environment }) => C;
  /** The priority of this process; that of its parent when left out. */
  readonly nice?: number;
}

/** The configuration of this program, whose files, data folder and settings are private from then on. */
export const startConfigured = async <C extends { readonly storage: { readonly dataDir: string } }>({
  isSettingName,
  loadConfig,
  nice,
}: ConfigSource<C>): Promise<C> => {
  keepFilesPrivate();
  const config = loadConfig({ cwd: process.cwd(), env: await takeEnvironment(isSettingName) });
  makePrivate(config.storage.dataDir);
  if (nice !== undefined) setNice(process.pid, nice);
  return config;
};

import { spawn } from 'node:child_process';
import { findProgram } from './find-program.ts';

const FLAGS = ['--pdeathsig', 'KILL', '--'] as const;

/** What stands before a program so that the kernel kills it when the worker dies; empty where that is not possible. */
export type DeathSignalPrefix = readonly string[];

/**
 * Finds out whether `setpriv` (util-linux) can tie a process to the life of this one. The busybox program of the same
 * name lacks the flag, so it is tried on a program that does nothing. `path` is where it is looked for: the worker's own
 * PATH, as that of a task may not lead to it.
 */
export const probeDeathSignal = async (path: string): Promise<DeathSignalPrefix> => {
  const setpriv = await findProgram('setpriv', path, '/').catch(() => undefined);
  if (setpriv === undefined) return [];
  const prefix = [setpriv, ...FLAGS];
  return (await succeeds(setpriv, [...FLAGS, 'true'])) ? prefix : [];
};

const succeeds = (program: string, args: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '@precedent/kernel';

type FileCheck = 'runnable' | 'not executable' | 'missing';

const check = async (path: string): Promise<FileCheck> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'missing';
  if (!found.isFile()) return 'not executable';
  return access(path, constants.X_OK).then(
    () => 'runnable',
    () => 'not executable',
  );
};

/** The places where a system looks for a program: with a slash in it only there, else along PATH. */
export const candidatesFor = (command: string, path: string, cwd: string): string[] => {
  if (command.includes('/')) return [resolve(cwd, command)];
  return path.split(':').map((folder) => resolve(cwd, folder, command));
};

/**
 * The file that a command names. It is looked up before the start, because the program that starts it (`setpriv`) would hide why it cannot be
 * started. Throws COMMAND_NOT_FOUND, and COMMAND_FAILED for a file that may not be run.
 */
export const findProgram = async (command: string, path: string, cwd: string): Promise<string> => {
  const candidates = candidatesFor(command, path, cwd);
  let refused: string | undefined;
  for (const candidate of candidates) {
    const seen = await check(candidate);
    if (seen === 'runnable') return candidate;
    if (seen === 'not executable') refused ??= candidate;
  }
  if (refused !== undefined) throw notExecutable(command, refused);
  const where = command.includes('/') ? candidates[0] : `PATH ${path}`;
  throw new AppError('COMMAND_NOT_FOUND', `program ${command} was not found at ${where}`, {
    details: { command },
  });
};

const notExecutable = (command: string, path: string): AppError =>
  new AppError('COMMAND_FAILED', `program ${command} cannot be run: ${path} is not an executable file`, {
    details: { command, path, retryable: false },
  });

/** Throws COMMAND_FAILED for a working directory that does not exist. */
export const checkFolder = async (cwd: string): Promise<void> => {
  const found = await stat(cwd).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const fact = found === undefined ? 'does not exist on the worker' : 'is not a directory';
  throw new AppError('COMMAND_FAILED', `working directory ${cwd} ${fact}`, {
    details: { cwd, retryable: false },
  });
};

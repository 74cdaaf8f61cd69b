import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { settlesWithin } from '@precedent/kernel';
import { startFailure } from './verdict.ts';

/** A program that is ready to start. */
export interface SpawnPlan {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Programs that start this one, each with its arguments. */
  readonly prefix: readonly string[];
  /** Of the files that it makes. `undefined`: that of the worker. */
  readonly umask: number | undefined;
}

export interface CommandExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running command. */
export interface SpawnedCommand {
  /** Its process id, which is also the number of its process group. */
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The command itself has ended; others of its group may still run. */
  readonly exited: Promise<CommandExit>;
  /** Reads what is left of the output, for `ms` at most: a process that cannot be killed may keep the pipes open. */
  drain(ms: number): Promise<void>;
}

/** Starts a program in a process group of its own, its input empty. Throws COMMAND_NOT_FOUND, COMMAND_FAILED or INVALID_TASK. */
export const spawnCommand = async (plan: SpawnPlan): Promise<SpawnedCommand> => {
  const child = start(plan);
  const exited = new Promise<CommandExit>((resolve) =>
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })),
  );
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await started(child, plan.program);
  const { pid, stdout, stderr } = child;
  if (pid === undefined || stdout === null || stderr === null) {
    throw startFailure(plan.program, new Error('it has no process id'));
  }
  // A broken pipe ends the output; without a listener it would end the worker.
  for (const stream of [stdout, stderr]) stream.on('error', () => stream.destroy());
  const drain = async (ms: number): Promise<void> => {
    if (await settlesWithin(closed, ms)) return;
    stdout.destroy();
    stderr.destroy();
  };
  return { pid, stdout, stderr, exited, drain };
};

const start = ({ program, args, cwd, env, prefix, umask }: SpawnPlan): ChildProcess => {
  const [file = program, ...rest] = [...prefix, program, ...args];
  try {
    return underMask(umask, () =>
      spawn(file, rest, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  } catch (error) {
    throw startFailure(program, error);
  }
};

/** A process inherits the mask at its start, which is over when `spawn` returns. */
const underMask = (umask: number | undefined, step: () => ChildProcess): ChildProcess => {
  if (umask === undefined) return step();
  const own = process.umask(umask);
  try {
    return step();
  } finally {
    process.umask(own);
  }
};

const started = (child: ChildProcess, program: string): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(startFailure(program, error)));
  });

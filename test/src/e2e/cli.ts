import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { ROOT, environmentOf } from './programs.ts';
import type { Environment } from './programs.ts';

export const PRECEDENT = path.join(ROOT, 'apps/cli/bin/precedent');

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Environment;
  readonly stdin?: string;
  /** Found again in every process that comes of it. */
  readonly mark?: string;
  /** Of an installed package; the launcher of this repository when left out. */
  readonly program?: string;
}

/** A command line that was run to its end. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line that runs. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly exited: Promise<CliResult>;
  /** Resolves with all that it has written to stdout and stderr, as soon as the text is in it. Rejects when it ends before. */
  wrote(text: string): Promise<string>;
}

const running = new Set<ChildProcess>();

/** Ends those that a test which failed half way has left running. */
export const endClis = (): void => {
  for (const child of running) child.kill('SIGKILL');
};

/** Starts `precedent` as a user would: the launcher, with the arguments. */
export const startCli = (
  args: readonly string[],
  { cwd, env = {}, stdin, mark = 'cli', program = PRECEDENT }: CliOptions,
): RunningCli => {
  const child = spawn(program, args, {
    cwd,
    env: environmentOf(mark, env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(stdin ?? '');
  running.add(child);
  const written = { stdout: '', stderr: '', both: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      written.both += text;
      for (const look of waiting) look();
    });
  }
  const exited = once(child, 'close').then(([code]): CliResult => {
    running.delete(child);
    return { code: code as number | null, stdout: written.stdout, stderr: written.stderr };
  });
  const wrote = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!written.both.includes(text)) return;
        waiting.delete(look);
        resolve(written.both);
      };
      waiting.add(look);
      look();
      void exited.then(({ code }) =>
        reject(new Error(`ended with ${code} before "${text}":\n${written.both}`)),
      );
    });
  return { child, exited, wrote };
};

/** Runs `precedent` to its end. */
export const runCli = (args: readonly string[], options: CliOptions): Promise<CliResult> =>
  startCli(args, options).exited;

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Child } from '@precedent/processes';
import { startChild } from '@precedent/processes';

/** The root of this repository. */
export const ROOT = path.resolve(import.meta.dirname, '../../..');

/** Node's condition under which packages are read from their sources. */
export const SOURCE = '--conditions=precedent:source';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a program under test: that of this process, without settings of Precedent and npm. `mark` is found
 * again in every process that comes of it.
 */
export const environmentOf = (mark: string, settings: Environment): Environment => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PRECEDENT_|npm_)/.test(name));
  // Vectorizer and gateway are started only where they are tested: that takes a second and 300 MB. The load of the machine delays no task of a test.
  const quick = {
    PRECEDENT_VECTORIZER_ENABLED: 'false',
    PRECEDENT_GATEWAY_ENABLED: 'false',
    PRECEDENT_WORKER_LOAD_ENABLED: 'false',
  };
  return { ...Object.fromEntries(inherited), ...quick, PRECEDENT_TEST_MARK: mark, ...settings };
};

export type AppName = 'engine' | 'worker' | 'vectorizer' | 'history' | 'gateway';

/** Starts the main program of an app and resolves when it says that it is ready. */
export const startProgram = (
  app: AppName,
  env: Environment,
  onLine: (line: string) => void,
): Promise<Child> =>
  startChild({ name: app, args: [SOURCE, path.join(ROOT, 'apps', app, 'src/main.ts')], env, onLine });

/** Ends a program as a crash would. Resolves when it is gone. */
export const crash = async (program: Child): Promise<void> => {
  process.kill(program.pid, 'SIGKILL');
  await program.exited;
};

export interface SeenProcess {
  readonly pid: number;
  readonly command: string;
}

/** Every living process, but this one, that has the text in its environment or its command line. Linux only. */
export const processesWith = (text: string): SeenProcess[] => {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    const command = procText(pid, 'cmdline').replaceAll('\0', ' ').trim();
    const isOurs = command.includes(text) || procText(pid, 'environ').includes(text);
    // A zombie has neither any more.
    return isOurs ? [{ pid: Number(pid), command }] : [];
  });
};

export const canSeeProcesses = existsSync('/proc/self/environ');

const procText = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
};

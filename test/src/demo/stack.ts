import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT, SOURCE, environmentOf } from '../e2e/programs.ts';

/** Everything that `precedent up` starts, on free ports and in a folder of its own. */
export interface Stack {
  readonly url: string;
  /** Found again in every process that comes of it. */
  readonly mark: string;
  readonly folder: string;
  /** Stops it as Ctrl-C would, and resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Kills what is left and removes the folder. Safe to call twice. */
  remove(): void;
}

/** More than the long ones among the tasks, so that the urgent ones find a slot. */
const SLOTS = 10;
const READY_MS = 60_000;

/** Throws with its last lines when `precedent up` does not get ready. */
export const startStack = async (): Promise<Stack> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-demo-'));
  const mark = path.basename(folder);
  mkdirSync(path.join(folder, 'tmp'));
  const child = launch(folder, mark);
  const remove = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  try {
    return {
      url: await ready(child),
      mark,
      folder,
      stop: async () => {
        child.kill('SIGINT');
        return exited;
      },
      remove: () => {
        process.off('exit', remove);
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
};

const launch = (folder: string, mark: string): ChildProcess => {
  const args = ['up', '--json', '--port', '0', '--data', path.join(folder, 'data'), '--slots', String(SLOTS)];
  const binary = process.env['PRECEDENT_TEST_NATS'];
  return spawn(process.execPath, [SOURCE, path.join(ROOT, 'apps/cli/src/main.ts'), ...args], {
    cwd: folder,
    // A group of its own: Ctrl-C on the terminal reaches the demo, and the demo ends it in good order.
    detached: true,
    env: environmentOf(mark, {
      TMPDIR: path.join(folder, 'tmp'),
      PRECEDENT_EXECUTION_STOP_TIMEOUT: '10s',
      // Its tasks count the words of our sources.
      PRECEDENT_WORKER_ROOTS: ROOT,
      ...(binary !== undefined && binary !== '' && { PRECEDENT_NATS_BINARY: binary }),
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
};

const LINES_MAX = 20;

/** The URL, from the line that says that everything runs. */
const ready = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    const lines: string[] = [];
    const fail = (why: string): void => reject(new Error([`precedent up ${why}`, ...lines].join('\n')));
    const timer = setTimeout(() => fail(`was not ready within ${READY_MS} ms`), READY_MS);
    child.once('exit', (code) => fail(`ended with ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (lines.push(line) > LINES_MAX) lines.shift();
        const url = urlIn(line);
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
  });

const urlIn = (line: string): string | undefined => {
  if (!line.startsWith('{')) return undefined;
  const { event, url } = JSON.parse(line) as { event?: string; url?: string };
  return event === 'ready' ? url : undefined;
};

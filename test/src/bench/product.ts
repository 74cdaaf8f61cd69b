import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Stage } from './world.ts';

/** Everything that `precedent up` starts, with the settings that it has when nothing is configured. */
export interface Product {
  readonly url: string;
  readonly dataDir: string;
  /** The process that starts and supervises the others. */
  readonly supervisorPid: number;
  /** The process of a part. */
  pidOf(part: ProductPart): number;
  /** What the folder of a part occupies on the disk, in bytes. */
  diskOf(part: 'nats' | 'history' | 'vectorizer'): number;
  /** Stops it as Ctrl-C does. Resolves when all parts have ended, to the milliseconds that it took and those of each part. */
  stop(): Promise<StopTimes>;
  /** Ends what is left, and removes its folder. */
  remove(): void;
}

export interface StopTimes {
  readonly ms: number;
  readonly parts: Readonly<Record<string, number>>;
}

/** What is in the command line of each part. */
const PARTS = {
  nats: 'nats-server',
  qdrant: 'qdrant',
  engine: '/engine/',
  history: '/history/',
  worker: '/worker/',
  vectorizer: '/vectorizer/',
  gateway: '/gateway/',
} as const;
export type ProductPart = keyof typeof PARTS;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const STOP_LIMIT_MS = 120_000;

/** `flags`: of `precedent up`. `settings`: variables of its environment. */
export const startProduct = async (
  { bundled, profile, say }: Pick<Stage, 'bundled' | 'profile' | 'say'>,
  flags: readonly string[] = [],
  settings: Readonly<Record<string, string>> = {},
): Promise<Product> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-bench-product-'));
  const profiling = profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` };
  const child = launch(folder, bundled, { flags, settings: { ...settings, ...profiling } });
  const exited = once(child, 'exit');
  const events = new UpEvents(child, say);
  const remove = (): void => {
    // A supervisor that is killed takes its parts with it.
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once('exit', remove);
  try {
    const url = await events.ready;
    return {
      url,
      dataDir: path.join(folder, 'data'),
      supervisorPid: child.pid ?? 0,
      pidOf: (part) => partsOf(child.pid ?? 0).get(part) ?? 0,
      diskOf: (part) => bytesIn(path.join(folder, 'data', part)),
      stop: async () => ({ ms: await stopped(child, exited), parts: events.stopMs }),
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

type Launched = ChildProcessByStdio<null, Readable, Readable>;

interface UpOptions {
  readonly flags: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
}

const launch = (folder: string, bundled: boolean, { flags, settings }: UpOptions): Launched => {
  const main = bundled
    ? [path.join(ROOT, 'dist/cli/main.mjs')]
    : ['--conditions=precedent:source', path.join(ROOT, 'apps/cli/src/main.ts')];
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PRECEDENT_'));
  return spawn(
    process.execPath,
    [...main, 'up', '--json', '--port', '0', '--data', path.join(folder, 'data'), ...flags],
    {
      cwd: folder,
      // Ctrl-C on the terminal reaches the benchmark, which stops it.
      detached: true,
      env: { ...Object.fromEntries(inherited), ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
};

interface UpEvent {
  readonly event?: string;
  readonly url?: string;
  readonly part?: string;
  readonly ms?: number;
}

const LINES_MAX = 20;

/** What a supervisor reports of itself, line by line. */
class UpEvents {
  /** The address, when everything runs. Rejects with the last lines when the supervisor ends before. */
  readonly ready: Promise<string>;
  readonly stopMs: Record<string, number> = {};
  readonly #ready = Promise.withResolvers<string>();
  readonly #lines: string[] = [];

  constructor(child: Launched, say: (text: string) => void) {
    this.ready = this.#ready.promise;
    createInterface({ input: child.stderr }).on('line', say);
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    child.once('exit', (code) =>
      this.#ready.reject(new Error([`precedent up ended with ${code}`, ...this.#lines].join('\n'))),
    );
  }

  #take(line: string): void {
    if (this.#lines.push(line) > LINES_MAX) this.#lines.shift();
    const { event, url, part, ms } = JSON.parse(line) as UpEvent;
    if (event === 'ready' && url !== undefined) this.#ready.resolve(url);
    if (event === 'stopped' && part !== undefined && ms !== undefined) this.stopMs[part] = ms;
  }
}

const stopped = async (child: ChildProcess, exited: Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  child.kill('SIGINT');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(killer);
  return performance.now() - begin;
};

/** The processes that the supervisor started. */
const partsOf = (supervisor: number): ReadonlyMap<ProductPart, number> => {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(' ');
  const found = new Map<ProductPart, number>();
  for (const pid of children) {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    for (const [part, mark] of Object.entries(PARTS) as [ProductPart, string][])
      if (command.includes(mark)) found.set(part, Number(pid));
  }
  return found;
};

const bytesIn = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + occupied(path.join(parentPath, name)), 0);

const BLOCK = 512;

/** Of a file, without its holes; 0 when it is gone. */
const occupied = (file: string): number => {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 0 : stat.blocks * BLOCK;
};

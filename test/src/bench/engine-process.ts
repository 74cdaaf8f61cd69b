import { fileURLToPath } from 'node:url';
import { startChild } from '@precedent/processes';
import { SAMPLE_MARK } from './sample-mark.ts';

/** Bytes, after a full garbage collection. */
export interface EngineMemory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** The engine in a process of its own. */
export interface EngineProcess {
  readonly pid: number;
  /** SIGKILL. Resolves when it has ended. */
  kill(): Promise<void>;
  /** In good order. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Only with `probe`. */
  memory(): Promise<EngineMemory>;
}

export interface EngineProcessOptions {
  readonly natsUrl: string;
  readonly dataDir: string;
  /** Flags of node. */
  readonly flags: readonly string[];
  /** As users run it; otherwise from its sources, whose functions a CPU profile can tell apart. */
  readonly bundled: boolean;
  /** Loads `engine-probe.ts` into it, so that it reports its memory. */
  readonly probe: boolean;
  readonly onLine: (line: string) => void;
}

const MAIN = fileURLToPath(new URL('../../../apps/engine/src/main.ts', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../../../dist/engine/main.mjs', import.meta.url));
const PROBE = new URL('./programs/engine-probe.ts', import.meta.url).href;
/** The same over restarts, as a supervisor gives it: a new engine takes its own lease over, and does not wait for it to expire. */
const OWNER = 'bench';
const STOP = { stopMs: 15_000, forceMs: 5_000 };

/** Starts an engine and resolves when it reports that it accepts tasks. */
export const startEngine = async (options: EngineProcessOptions): Promise<EngineProcess> => {
  const { natsUrl, dataDir, flags, bundled, probe, onLine } = options;
  const samples = new Samples();
  const child = await startChild({
    name: 'engine',
    args: [
      ...(probe ? ['--expose-gc', '--import', PROBE] : []),
      ...flags,
      ...(bundled ? [BUNDLE] : ['--conditions=precedent:source', MAIN]),
      '--owner',
      OWNER,
    ],
    env: {
      ...foreignEnv(),
      PRECEDENT_NATS_URL: natsUrl,
      PRECEDENT_STORAGE_DATA_DIR: dataDir,
      PRECEDENT_MONITORING_LOG_LEVEL: 'warn',
    },
    onLine: (line) => void (samples.take(line) || onLine(line)),
  });
  return {
    pid: child.pid,
    kill: async () => {
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
    stop: () => child.stop(STOP),
    memory: () => {
      process.kill(child.pid, 'SIGUSR2');
      return samples.next();
    },
  };
};

/** Our environment without settings of Precedent: defaults are measured. */
const foreignEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PRECEDENT_')));

/** Lines in which the probe reports the memory of its process. */
class Samples {
  #waiting: ((memory: EngineMemory) => void)[] = [];

  next(): Promise<EngineMemory> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Whether the line was one. */
  take(line: string): boolean {
    if (!line.startsWith(SAMPLE_MARK)) return false;
    const memory = JSON.parse(line.slice(SAMPLE_MARK.length)) as EngineMemory;
    for (const resolve of this.#waiting.splice(0)) resolve(memory);
    return true;
  }
}

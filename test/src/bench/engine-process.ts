import { fileURLToPath } from 'node:url';
import { startChild } from '@precedent/processes';

/** The engine in a process of its own. */
export interface EngineProcess {
  readonly pid: number;
  /** SIGKILL. Resolves when it has ended. */
  kill(): Promise<void>;
  /** In good order. Resolves when it has ended. */
  stop(): Promise<void>;
}

export interface EngineProcessOptions {
  readonly natsUrl: string;
  readonly dataDir: string;
  /** Flags of node. */
  readonly flags: readonly string[];
  /** As users run it; otherwise from its sources, whose functions a CPU profile can tell apart. */
  readonly bundled: boolean;
  readonly onLine: (line: string) => void;
}

const MAIN = fileURLToPath(new URL('../../../apps/engine/src/main.ts', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../../../dist/engine/main.mjs', import.meta.url));
/** The same over restarts, as a supervisor gives it: a new engine takes its own lease over, and does not wait for it to expire. */
const OWNER = 'bench';
const STOP = { stopMs: 15_000, forceMs: 5_000 };

/** Starts an engine and resolves when it reports that it accepts tasks. */
export const startEngine = async (options: EngineProcessOptions): Promise<EngineProcess> => {
  const { natsUrl, dataDir, flags, bundled, onLine } = options;
  const child = await startChild({
    name: 'engine',
    args: [...flags, ...(bundled ? [BUNDLE] : ['--conditions=precedent:source', MAIN]), '--owner', OWNER],
    env: {
      ...foreignEnv(),
      PRECEDENT_NATS_URL: natsUrl,
      PRECEDENT_STORAGE_DATA_DIR: dataDir,
      PRECEDENT_MONITORING_LOG_LEVEL: 'warn',
    },
    onLine,
  });
  return {
    pid: child.pid,
    kill: async () => {
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
    stop: () => child.stop(STOP),
  };
};

/** Our environment without settings of Precedent: defaults are measured. */
const foreignEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PRECEDENT_')));

import type { Client, ConnectOptions } from '@precedent/client';
import { AppError } from '@precedent/kernel';
import type { StopSteps } from '@precedent/processes';
import { runCli } from '../run-cli.ts';
import { screenOf } from '../terminal/screen.ts';

/** The methods of the client that the commands call; a test gives those that it expects. */
export type FakeClient = Partial<
  Pick<
    Client,
    | 'submit'
    | 'submitMany'
    | 'get'
    | 'list'
    | 'logs'
    | 'cancel'
    | 'retry'
    | 'reband'
    | 'previewBulk'
    | 'startBulk'
    | 'delete'
    | 'wait'
    | 'watch'
    | 'workers'
    | 'status'
    | 'why'
    | 'decisions'
  >
> & {
  readonly search?: Partial<Client['search']>;
  readonly history?: Partial<Client['history']>;
  readonly webhooks?: Partial<Client['webhooks']>;
};

export interface FakeWorld {
  readonly client?: FakeClient;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Of a terminal that has no colours unless `env` says so; a pipe when left out. */
  readonly columns?: number;
  /** Called with the listener as soon as a command listens for keys. */
  readonly onKeys?: (listener: (key: string) => void) => void;
  /** Called with the steps as soon as a command listens for Ctrl-C. */
  readonly onListen?: (steps: StopSteps) => void;
}

export interface Outcome {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** How the command connected; `undefined` when it did not. */
  readonly connected: ConnectOptions | undefined;
  readonly closed: boolean;
}

/** There is no vectorizer. */
const AWAY: FakeClient['search'] = {
  predict: () => Promise.reject(new AppError('VECTORS_UNAVAILABLE', 'the vectorizer is not there')),
  seen: () => Promise.reject(new AppError('VECTORS_UNAVAILABLE', 'the vectorizer is not there')),
};

/** No id begins with a given prefix. */
const NO_TASKS: FakeClient['list'] = async () => ({ tasks: [], truncated: false });

/** The time in every test. */
export const NOW = Date.UTC(2026, 10, 20, 12);

/** Runs a command line against a client that a test made up, at a fixed time. */
export const runFake = async (argv: readonly string[], world: FakeWorld = {}): Promise<Outcome> => {
  const seen = { out: '', err: '', closed: false };
  let connected: ConnectOptions | undefined;
  const client = {
    search: AWAY,
    list: NO_TASKS,
    ...world.client,
    close: async () => void (seen.closed = true),
  };
  const connect = (options: ConnectOptions): Promise<Client> => {
    connected = options;
    const refused = new AppError('NATS_UNREACHABLE', `cannot connect to ${String(options.servers)}`);
    return world.client ? Promise.resolve(client as unknown as Client) : Promise.reject(refused);
  };
  const { columns } = world;
  const stream = (name: 'out' | 'err') =>
    screenOf(
      {
        isTTY: columns !== undefined,
        ...(columns !== undefined && { columns }),
        write: (text) => void (seen[name] += text),
      },
      { NO_COLOR: '1', ...world.env },
    );
  const [stdout, stderr] = [stream('out'), stream('err')];
  const io = {
    env: world.env ?? {},
    cwd: world.cwd ?? '/nowhere',
    stdin: (async function* () {
      yield world.stdin ?? '';
    })(),
    stdout,
    stderr,
    out: stdout.text,
    err: stderr.text,
    now: () => NOW,
    onKeys: (listener: (key: string) => void) => {
      world.onKeys?.(listener);
      return () => undefined;
    },
    onStopSignals: (steps: StopSteps) => {
      world.onListen?.(steps);
      return () => undefined;
    },
  };
  const exit = await runCli(argv, io, connect);
  return { ...seen, exit, connected };
};

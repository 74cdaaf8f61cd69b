import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A small program that uses the system: a submitter, a worker, a reader or a listener. */
export interface Program<Result> {
  readonly pid: number;
  /** Lets it begin what is measured. */
  go(): void;
  /** Asks a program to end that runs until it is stopped. Resolves to its result. */
  stop(): Promise<Result>;
  /** Rejects with what went wrong in it, also when it ended without a result. */
  readonly result: Promise<Result>;
  /** Resolves when its process has ended, in whatever way. */
  readonly ended: Promise<void>;
  /** Ends it at once, if it still runs. Resolves when it has ended. */
  kill(): Promise<void>;
}

export interface ProgramOptions {
  /** Its file under `programs`, without the ending. */
  readonly name: string;
  /** JSON. */
  readonly params: object;
  /** Flags of node. */
  readonly flags: readonly string[];
}

type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly message: string };

/** Starts a program and resolves when it says that it is ready. What it prints goes to our stderr. */
export const startProgram = async <Result>(options: ProgramOptions): Promise<Program<Result>> => {
  const child = forked(options);
  const ended = once(child, 'exit').then(() => undefined);
  const { ready, result } = messagesOf<Result>(child, options.name);
  // A caller that awaits the result gets the error; without one it must not be unhandled.
  result.catch(() => undefined);
  try {
    await Promise.race([ready, result]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const stop = (): Promise<Result> => {
    send(child, 'stop');
    return result;
  };
  return { pid: child.pid ?? 0, go: () => send(child, 'go'), stop, result, ended, kill };
};

const forked = ({ name, params, flags }: ProgramOptions): ChildProcess =>
  fork(fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url)), [JSON.stringify(params)], {
    execArgv: ['--conditions=precedent:source', ...flags],
    // Nothing but the report may come to our stdout.
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
  });

const send = (child: ChildProcess, cue: 'go' | 'stop'): void => {
  if (child.connected) child.send({ cue });
};

const messagesOf = <Result>(child: ChildProcess, name: string) => {
  const ready = Promise.withResolvers<void>();
  const result = Promise.withResolvers<Result>();
  child.on('message', (received) => {
    const message = received as Message;
    if (message.kind === 'ready') ready.resolve();
    else if (message.kind === 'result') result.resolve(message.value as Result);
    else result.reject(new Error(`the program ${name} failed: ${message.message}`));
  });
  child.once('error', (error) => result.reject(error));
  child.once('exit', (code, signal) =>
    result.reject(new Error(`the program ${name} ended with ${signal ?? code} and without a result`)),
  );
  return { ready: ready.promise, result: result.promise };
};

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AppError, errorOf, isErrorCode, startTimer } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { spawnBound } from './bound-process.ts';
import { SETTINGS_MESSAGE, SETTINGS_MARK } from './environment.ts';
import { exitOf, exitText } from './exit.ts';
import type { Exit } from './exit.ts';
import { withUsersUmask } from './private-files.ts';
import { signalIfAlive } from './process-identity.ts';

export interface ChildOptions {
  /** For messages: `engine`. */
  readonly name: string;
  /** Arguments of node: its flags, the script, and the script's arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variables that reach it by the channel only: every process of the user can read its environment. See `takeEnvironment`. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds between two progress messages until it is ready; 60 s by default. */
  readonly readyTimeoutMs?: number;
  /** Every line that it writes to stdout or stderr. */
  readonly onLine?: (line: string) => void;
  /** What it is doing, until it is ready. */
  readonly onProgress?: (text: string) => void;
  /** Kills it, and rejects with CANCELLED, if it is not ready yet. */
  readonly signal?: AbortSignal;
}

export interface StopLimits {
  /** Milliseconds from SIGTERM to SIGINT, the second signal, which requests a forced stop. */
  readonly stopMs: number;
  /** Milliseconds from then to SIGKILL. */
  readonly forceMs: number;
}

/** A node process that has announced that it is ready. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The fields that it passed to `announceReady`. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly exited: Promise<Exit>;
  /** Sends a message of this kind, which the child receives with `onParentMessage`. Returns whether there is a child to send it to. */
  send(kind: string, content: unknown): boolean;
  /** Resolves when the child has ended. Safe to call again, also with shorter limits. */
  stop(limits: StopLimits): Promise<void>;
}

const READY_LIMIT_MS = 60_000;
const LINES_MAX = 20;

/**
 * Starts a node process and resolves when it calls `announceReady`. Throws the problem of `announceFailed`; INTERNAL with its
 * last lines when it ends or sends nothing in time. A child ends when this process does, which closes the channel; a child that ignores
 * that is killed.
 */
export const startChild = async (options: ChildOptions): Promise<Child> => {
  const { name, onLine } = options;
  const lines: string[] = [];
  const child = withUsersUmask(() => spawnNode(options));
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_MAX) lines.shift();
      onLine?.(line);
    });
  }
  const exited = exitOf(child, () => [...lines]);
  try {
    const fields = await startOutcome(child, exited, options);
    const stop = terminator(child, exited);
    return { name, pid: child.pid ?? 0, fields, exited, send: sender(child), stop };
  } catch (error) {
    killProcessGroup(child);
    await exited;
    throw error;
  }
};

/**
 * V8 lets new objects fill 64 MiB before it collects them, and keeps the buffers of all messages that were read meanwhile. With a quarter each
 * collection is shorter.
 */
const NODE_FLAGS = ['--max-semi-space-size=16'];

const C_LIBRARY = {
  // One heap of the C library for each thread of V8 costs 4 MB and gains nothing here.
  MALLOC_ARENA_MAX: '2',
  // The default of the C library, which it raises with each larger block that is freed, unless it is set. What is below stays in its heap,
  // and only the end of that is returned to the system. Buffers for reading sockets, of 64 KiB, remain below.
  MALLOC_MMAP_THRESHOLD_: '131072',
};

const spawnNode = ({ args, env, settings }: ChildOptions): ChildProcess => {
  const child = spawnBound(process.execPath, [...NODE_FLAGS, ...args], {
    env: { ...C_LIBRARY, ...env, ...(settings && SETTINGS_MARK) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // The closed channel requests the end.
    end: {},
  });
  if (settings) sender(child)(SETTINGS_MESSAGE, settings);
  return child;
};

const sender =
  (child: ChildProcess): Child['send'] =>
  (kind, content) => {
    if (!child.connected) return false;
    // An error here means that the child has ended; `exited` reports that.
    child.send({ kind, content }, () => undefined);
    return true;
  };

/** What a child sends while it starts. Other messages are ignored. */
type StartMessage =
  | ({ readonly kind: 'ready' } & Readonly<Record<string, unknown>>)
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'failed'; readonly problem: Problem };

const isStartMessage = (message: unknown): message is StartMessage =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  ['ready', 'progress', 'failed'].includes(String(message.kind));

const startOutcome = (child: ChildProcess, exited: Promise<Exit>, options: ChildOptions) =>
  new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    const { name, readyTimeoutMs: limitMs = READY_LIMIT_MS, onProgress, signal } = options;
    const silent = (): void =>
      reject(new AppError('INTERNAL', `the ${name} was not ready within ${limitMs} ms`));
    let timer = startTimer(limitMs, silent);
    let isSettled = false;
    const settle = (outcome: () => void): void => {
      isSettled = true;
      timer.cancel();
      signal?.removeEventListener('abort', cancel);
      outcome();
    };
    const cancel = (): void =>
      settle(() => reject(new AppError('CANCELLED', `the start of the ${name} was cancelled`)));
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    child.on('message', (message) => {
      if (!isStartMessage(message) || isSettled) return;
      if (message.kind === 'progress') {
        timer.cancel();
        timer = startTimer(limitMs, silent);
        onProgress?.(message.text);
      } else if (message.kind === 'ready') settle(() => resolve(withoutKind(message)));
      else settle(() => reject(errorOf(knownProblem(message.problem))));
    });
    void exited.then((exit) => settle(() => reject(endedBeforeReady(name, exit))));
  });

const withoutKind = (message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(message).filter(([name]) => name !== 'kind'));

const knownProblem = (problem: Problem): Problem =>
  isErrorCode(problem.code) ? problem : { ...problem, code: 'INTERNAL' };

const endedBeforeReady = (name: string, exit: Exit): AppError =>
  new AppError('INTERNAL', `the ${name} ended before it was ready, with ${exitText(exit)}`, {
    details: { lines: exit.lines },
  });

/** Sends each signal once, however often `stop` is called: a child takes a repeated signal for the next step. */
const terminator = (child: ChildProcess, exited: Promise<Exit>) => {
  const once = (signal: NodeJS.Signals): (() => void) => {
    let sent = false;
    return () => {
      if (!sent) sent = child.kill(signal);
    };
  };
  // Two different signals: the system merges two of a kind that come close together.
  const [terminate, interrupt] = [once('SIGTERM'), once('SIGINT')];
  return async ({ stopMs, forceMs }: StopLimits): Promise<void> => {
    terminate();
    const second = startTimer(stopMs, interrupt);
    const last = startTimer(stopMs + forceMs, () => killProcessGroup(child));
    await exited;
    second.cancel();
    last.cancel();
  };
};

/** Kills the child with all that it started and that did not move into a process group of its own. */
const killProcessGroup = (child: ChildProcess): void => {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    signalIfAlive(-child.pid, 'SIGKILL');
  }
};

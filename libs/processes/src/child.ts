import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AppError, errorOf, isErrorCode, startTimer } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { spawnBound } from './bound-process.ts';
import { SETTINGS, SETTINGS_MARK } from './environment.ts';
import { exitOf, exitText } from './exit.ts';
import type { Exit } from './exit.ts';
import { withUsersUmask } from './private-files.ts';
import { sendSignal } from './process-mark.ts';

export interface ChildOptions {
  /** For messages: `engine`. */
  readonly name: string;
  /** Arguments of node: its flags, the script, and the script's arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variables that reach it by the channel only: every process of the user can read its environment. See `takeEnvironment`. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds between two signs of life until it is ready; 60 s by default. */
  readonly readyTimeoutMs?: number;
  /** Every line that it writes to stdout or stderr. */
  readonly onLine?: (line: string) => void;
  /** What it is doing, until it is ready. */
  readonly onProgress?: (text: string) => void;
  /** Kills it, and rejects with CANCELLED, if it is not ready yet. */
  readonly signal?: AbortSignal;
}

export interface StopLimits {
  /** Milliseconds from SIGTERM to SIGINT, a second signal, which means: at once. */
  readonly stopMs: number;
  /** Milliseconds from then to SIGKILL. */
  readonly forceMs: number;
}

/** A node process that said that it is ready. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** What it said with `announceReady`. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly exited: Promise<Exit>;
  /** Sends it a message of this kind; it takes it with `onParentMessage`. Nothing when it has ended. */
  tell(kind: string, content: unknown): void;
  /** Resolves when it has ended. Safe to call again, also with shorter limits. */
  stop(limits: StopLimits): Promise<void>;
}

const READY_LIMIT_MS = 60_000;
const LINES_MAX = 20;

/**
 * Starts a node process and resolves when it calls `announceReady`. Throws the problem of `announceFailed`; INTERNAL with its
 * last lines when it ends or goes quiet before that. It notices our end by the closed channel, and is killed when it does not.
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
    const fields = await firstWord(child, exited, options);
    const stop = stopper(child, exited);
    return { name, pid: child.pid ?? 0, fields, exited, tell: teller(child), stop };
  } catch (error) {
    killGroup(child);
    await exited;
    throw error;
  }
};

const spawnNode = ({ args, env, settings }: ChildOptions): ChildProcess => {
  const child = spawnBound(process.execPath, args, {
    // One heap of the C library for each thread of V8 costs 4 MB and gains nothing here.
    env: { MALLOC_ARENA_MAX: '2', ...env, ...(settings && SETTINGS_MARK) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // The closed channel asks it.
    end: {},
  });
  if (settings) teller(child)(SETTINGS, settings);
  return child;
};

const teller =
  (child: ChildProcess): Child['tell'] =>
  (kind, content) => {
    // An error here means that it is gone; `exited` tells of that.
    if (child.connected) child.send({ kind, content }, () => undefined);
  };

/** What a child says of its start. Anything else that it sends is not for us. */
type Word =
  | ({ readonly kind: 'ready' } & Readonly<Record<string, unknown>>)
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'failed'; readonly problem: Problem };

const isWord = (message: unknown): message is Word =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  ['ready', 'progress', 'failed'].includes(String(message.kind));

const firstWord = (child: ChildProcess, exited: Promise<Exit>, options: ChildOptions) =>
  new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    const { name, readyTimeoutMs: limitMs = READY_LIMIT_MS, onProgress, signal } = options;
    const quiet = (): void =>
      reject(new AppError('INTERNAL', `the ${name} was not ready within ${limitMs} ms`));
    let timer = startTimer(limitMs, quiet);
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
    child.on('message', (word) => {
      if (!isWord(word) || isSettled) return;
      if (word.kind === 'progress') {
        timer.cancel();
        timer = startTimer(limitMs, quiet);
        onProgress?.(word.text);
      } else if (word.kind === 'ready') settle(() => resolve(withoutKind(word)));
      else settle(() => reject(errorOf(knownProblem(word.problem))));
    });
    void exited.then((exit) => settle(() => reject(endedEarly(name, exit))));
  });

const withoutKind = (word: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(word).filter(([name]) => name !== 'kind'));

const knownProblem = (problem: Problem): Problem =>
  isErrorCode(problem.code) ? problem : { ...problem, code: 'INTERNAL' };

const endedEarly = (name: string, exit: Exit): AppError =>
  new AppError('INTERNAL', `the ${name} ended before it was ready, with ${exitText(exit)}`, {
    details: { lines: exit.lines },
  });

/** Each signal goes out once, however often it is told to stop: to a child, one more would mean one step more. */
const stopper = (child: ChildProcess, exited: Promise<Exit>) => {
  const once = (signal: NodeJS.Signals): (() => void) => {
    let sent = false;
    return () => {
      if (!sent) sent = child.kill(signal);
    };
  };
  // Not the same signal twice: two of a kind that come close together are one to the receiver.
  const [ask, hurry] = [once('SIGTERM'), once('SIGINT')];
  return async ({ stopMs, forceMs }: StopLimits): Promise<void> => {
    ask();
    const second = startTimer(stopMs, hurry);
    const last = startTimer(stopMs + forceMs, () => killGroup(child));
    await exited;
    second.cancel();
    last.cancel();
  };
};

/** What it started and did not move into a group of its own ends with it. */
const killGroup = (child: ChildProcess): void => {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    sendSignal(-child.pid, 'SIGKILL');
  }
};

import { spawn } from 'node:child_process';
import type { ChildProcess, IOType } from 'node:child_process';
import { Socket } from 'node:net';

/** How a process ends when this one is gone, however that happened. */
export interface OrphanSignals {
  /** The signal that requests its end. Absent: no signal, the program notices the end of its parent by itself. */
  readonly signal?: 'SIGTERM' | 'SIGINT';
  /** Milliseconds from our end until the signal, for programs that others still need. 0 by default. */
  readonly askAfterMs?: number;
}

export interface BoundOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Of file descriptors 0, 1, 2 and so on. */
  readonly stdio: readonly (IOType | 'ipc' | number)[];
  readonly end: OrphanSignals;
}

/** From our end until whatever is left of the process group is killed. Milliseconds. */
const KILL_AFTER_MS = 3_800;

/**
 * Starts a program that does not outlive this process, also when this one is killed: in a session of its own, so that Ctrl-C on the
 * terminal does not reach it, with a watcher in its process group. The watcher reads from a pipe that this process alone holds open, and
 * the system closes it when this process ends. While the watcher is there, the number of the group cannot be given to another process.
 * The shell becomes the program: the process id is the program's from the beginning. A program that is not there ends with code 127.
 */
export const spawnBound = (
  program: string,
  args: readonly string[],
  { stdio, end, ...options }: BoundOptions,
): ChildProcess => {
  const scripts = ['-c', startScript(stdio.length), 'sh', watchScript(end)];
  const child = spawn('/bin/sh', [...scripts, program, ...args], {
    ...options,
    stdio: [...stdio, 'pipe'],
    detached: true,
  });
  const pipe = child.stdio.at(-1);
  if (!(pipe instanceof Socket)) return child;
  // The watcher may have been killed with its group.
  pipe.on('error', () => undefined);
  // The child's `close` event waits until the watcher is gone too.
  child.once('exit', () => pipe.resume().end('ended\n'));
  return child;
};

/** A second fork makes the watcher an orphan: the program has no child that it knows nothing of. */
const startScript = (pipe: number): string => {
  const others = Array.from({ length: pipe - 2 }, (_, at) => `${at + 3}<&-`).join(' ');
  return `watch=$1; shift
    ( trap '' HUP INT TERM; /bin/sh -c "$watch" precedent-watch $$ <&${pipe} >/dev/null 2>&1 ${others} & )
    exec "$@" ${pipe}<&-`;
};

const watchScript = ({ signal, askAfterMs = 0 }: OrphanSignals): string => {
  const ask = signal === undefined ? '' : `sleep ${askAfterMs / 1_000}; kill -s ${signal.slice(3)} $1`;
  return `read -r ended && exit; ${ask}
    for pause in ${pausesUntil(KILL_AFTER_MS - askAfterMs).join(' ')}; do kill -0 $1 || break; sleep $pause; done
    kill -s KILL -- -$1`;
};

/** Between two looks whether the process has ended: few, because each costs a process. Milliseconds. */
const PAUSES_MS = [200, 300, 500, 1_000, 1_000, 1_000];

/** Pauses in seconds that take so many milliseconds together. */
const pausesUntil = (totalMs: number): number[] => {
  let leftMs = totalMs;
  return PAUSES_MS.flatMap((pauseMs) => {
    const ms = Math.min(pauseMs, leftMs);
    leftMs -= ms;
    return ms > 0 ? [ms / 1_000] : [];
  });
};

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { settlesWithin } from '@precedent/kernel';
import { deferred } from './deferred.ts';
import { guestEntry, guestFlags } from './guest-entry.ts';
import type { GuestEnd, LaunchGuest } from './launch.ts';
import { killGroup, killTree } from './process-tree.ts';
import type { GuestMessage } from './protocol.ts';

/** Characters of its stderr by which the cause of an end is recognised. */
const TAIL_CHARS = 4_096;
/** Milliseconds for the rest of it: what escaped from the guest may hold it open for ever. */
const TAIL_MS = 100;

/** Starts a child process as a guest, in a process group of its own: what it starts is ended with it. */
export const launchProcess: LaunchGuest = ({ memoryMb }, listener) => {
  const limit = memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`];
  const child = fork(fileURLToPath(guestEntry()), [], {
    execArgv: [...guestFlags(), ...limit],
    detached: process.platform !== 'win32',
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const tail = passedOn(child);
  const ended = deferred();
  let isTerminated = false;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.on('message', (message) => listener.received(message as GuestMessage));
  child.once('error', (error) => {
    if (child.pid !== undefined) return;
    ended.resolve();
    listener.ended({ error });
  });
  child.once('exit', (exitCode, signal) => {
    killGroup(child.pid);
    ended.resolve();
    const report = (): void => listener.ended(endOf(exitCode, signal, tail()));
    if (isTerminated) report();
    else void settlesWithin(closed, TAIL_MS).then(report);
  });
  unref(child);
  return {
    // A process that is gone already is reported by `close`.
    post: (message) => child.connected && child.send(message, undefined, undefined, () => undefined),
    terminate: () => {
      isTerminated = true;
      killTree(child.pid);
      return ended.promise;
    },
  };
};

const endOf = (exitCode: number | null, signal: string | null, stderr: string): GuestEnd => ({
  ...(exitCode !== null && { exitCode }),
  ...(signal !== null && { signal }),
  isOutOfMemory: stderr.includes('heap out of memory'),
});

/** Writes its stderr to ours. Returns what reads the last part of it. */
const passedOn = ({ stderr }: ChildProcess): (() => string) => {
  let tail = '';
  stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    tail = (tail + chunk.toString('latin1')).slice(-TAIL_CHARS);
  });
  return () => tail;
};

const unref = (child: ChildProcess): void => {
  child.unref();
  child.channel?.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
};

import { Worker } from 'node:worker_threads';
import { errorCode, threadLimits } from '@precedent/kernel';
import { deferred } from './deferred.ts';
import { guestEntry, threadFlags } from './guest-entry.ts';
import type { GuestEnd, LaunchGuest } from './launch.ts';
import type { GuestMessage } from './protocol.ts';

/** Starts a worker thread as a guest. */
export const launchThread: LaunchGuest = ({ name, memoryMb }, listener) => {
  const execArgv = threadFlags();
  const thread = new Worker(guestEntry(), {
    name,
    ...(execArgv && { execArgv }),
    resourceLimits: threadLimits(memoryMb),
  });
  thread.unref();
  let error: unknown;
  const ended = deferred();
  thread.on('message', (message: GuestMessage) => listener.received(message));
  thread.on('error', (thrown) => (error = thrown));
  thread.on('exit', (exitCode) => {
    ended.resolve();
    listener.ended(endOf(exitCode, error));
  });
  return {
    post: (message) => thread.postMessage(message),
    terminate: async () => {
      void thread.terminate();
      await ended.promise;
    },
  };
};

const endOf = (exitCode: number, error: unknown): GuestEnd =>
  error === undefined
    ? { exitCode }
    : { error, exitCode, isOutOfMemory: errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' };

import type { StopRequest } from '@precedent/contract-types';
import { onAbort, startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import { stopRequestOf } from '../stop.ts';
import { signalFamily } from './kill-process-tree.ts';
import type { ProcessFamily } from './containment.ts';

/** Watches for the request to stop, and terminates a family of processes when it comes. */
export interface Terminator {
  /** The request, if one came before the release. */
  readonly request: StopRequest | undefined;
  /** Milliseconds that are left of the grace. */
  readonly graceLeftMs: number;
  /** Whether the grace ran out and force was used. */
  readonly forced: boolean;
  /** The command has ended: from now on requests change nothing. */
  release(): void;
}

/**
 * SIGTERM when the signal aborts, SIGKILL when the grace is over; both to the whole family. `thaw` resumes a suspended
 * family, which SIGTERM then reaches before anything else runs.
 */
export const terminateOnStop = (signal: AbortSignal, family: ProcessFamily, thaw: () => void): Terminator => {
  let request: StopRequest | undefined;
  let deadline = 0;
  let forced = false;
  let timer: Timer | undefined;
  const force = (): void => {
    forced = true;
    signalFamily(family, 'SIGKILL');
  };
  const stop = (): void => {
    request = stopRequestOf(signal);
    deadline = performance.now() + request.graceMs;
    signalFamily(family, 'SIGTERM');
    // A process that stopped itself (SIGSTOP) would not see the request before it is continued.
    signalFamily(family, 'SIGCONT');
    thaw();
    timer = startTimer(request.graceMs, force);
  };
  const stopListening = onAbort(signal, stop);
  return {
    get request() {
      return request;
    },
    get graceLeftMs() {
      return Math.max(0, deadline - performance.now());
    },
    get forced() {
      return forced;
    },
    release: () => {
      timer?.cancel();
      stopListening();
    },
  };
};

import type { Job } from '@precedent/contract-types';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, onAbort } from '@precedent/kernel';
import { YIELD } from '../checkpoint/control-files.ts';
import { yieldRequestOf } from '../yield-signal.ts';
import { sendSignal } from './process-group.ts';

/** A task sets it in its `env` to the signal on which its command saves its work and ends with code 75. */
export const SAVE_SIGNAL_VARIABLE = 'PRECEDENT_SAVE_SIGNAL';

const NAMES = ['USR1', 'USR2', 'HUP', 'INT', 'TERM', 'WINCH'] as const;

/** The signal that a task has opted in to, with or without `SIG`. Throws INVALID_TASK for any other. */
export const saveSignalOf = ({ task }: Job): NodeJS.Signals | undefined => {
  const wanted = task.env?.[SAVE_SIGNAL_VARIABLE];
  if (wanted === undefined || wanted === '') return undefined;
  const name = NAMES.find((known) => known === wanted || `SIG${known}` === wanted);
  if (name !== undefined) return `SIG${name}`;
  const message = `expected one of ${NAMES.join(', ')}; got ${wanted}`;
  const field = `env.${SAVE_SIGNAL_VARIABLE}`;
  throw new AppError('INVALID_TASK', `${field}: ${message}`, { issues: [{ field, message }] });
};

export interface YieldForwarderOptions {
  readonly signal: AbortSignal;
  readonly folder: string;
  /** The command itself: others of its group may not know the signal, which would end them. */
  readonly pid: number;
  readonly saveSignal: NodeJS.Signals | undefined;
}

/** Forwards the request to yield to a command: writes the file `.yield`, then sends the signal if the task has opted in. */
export interface YieldForwarder {
  /** Whether the signal was sent. */
  readonly signalled: boolean;
  /** The command has ended: from now on a request changes nothing. */
  release(): void;
}

export const forwardYield = ({ signal, folder, pid, saveSignal }: YieldForwarderOptions): YieldForwarder => {
  let released = false;
  let signalled = false;
  const pass = async (): Promise<void> => {
    const why = yieldRequestOf(signal)?.reason ?? '';
    await writeFile(join(folder, YIELD), `${why}\n`).catch(() => undefined);
    if (released || saveSignal === undefined) return;
    signalled = true;
    sendSignal(pid, saveSignal);
  };
  const stopListening = onAbort(signal, () => void pass());
  return {
    get signalled() {
      return signalled;
    },
    release: () => {
      released = true;
      stopListening();
    },
  };
};

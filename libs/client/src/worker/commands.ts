import type { Assignment, WorkerSignal } from '@precedent/contracts';
import { isRecord } from '../answers.ts';

/**
 * What a message to a worker says. Whoever may publish can send one: what is not of the shape of an engine's is left out, and the
 * rest of the message counts.
 */
type Body = Readonly<Record<string, unknown>>;

export const tasksIn = ({ tasks }: Body): readonly Assignment[] => listOf(tasks).filter(isAssignment);

export const signalsIn = ({ signals }: Body): readonly WorkerSignal[] => listOf(signals).filter(isSignal);

/** Of the engine that says that it is there. */
export const epochIn = ({ epoch }: Body): number | undefined =>
  typeof epoch === 'number' ? epoch : undefined;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isAssignment = (value: unknown): value is Assignment =>
  isRecord(value) &&
  isLease(value) &&
  typeof value['type'] === 'string' &&
  typeof value['attemptMs'] === 'number' &&
  typeof value['graceMs'] === 'number' &&
  isRecord(value['task']) &&
  (value['resume'] === undefined || (isRecord(value['resume']) && Array.isArray(value['resume']['undo'])));

const isSignal = (value: unknown): value is WorkerSignal => {
  if (!isRecord(value)) return false;
  switch (value['kind']) {
    case 'stop':
      return isLease(value) && typeof value['graceMs'] === 'number';
    case 'yield':
      return isLease(value) && typeof value['deadlineMs'] === 'number';
    case 'suspend':
    case 'resume':
      return isLease(value);
    default:
      return value['kind'] === 'who' || value['kind'] === 'ping' || value['kind'] === 'drain';
  }
};

const isLease = ({ id, epoch }: Body): boolean => typeof id === 'string' && Number.isInteger(epoch);

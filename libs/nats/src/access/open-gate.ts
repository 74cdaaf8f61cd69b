import type { NatsConnection } from '@nats-io/nats-core';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import type { EpochMs } from '@precedent/kernel';
import { callersOf } from '@precedent/ports';
import type { Gate } from '../services/caller-gate.ts';
import { natsAccessRegistry } from './nats-access-registry.ts';

export interface GateOptions {
  readonly nc: NatsConnection;
  readonly root: string;
  /** Whether every client needs a key. */
  readonly required: boolean;
  readonly replicas: number;
}

/**
 * The gate of a service, which knows every key and grant of the cell, and every change as it is made; `undefined` where access is open.
 * Rejects NATS_UNREACHABLE.
 */
export const openGate = async (options: GateOptions, now: () => EpochMs): Promise<Gate | undefined> => {
  const { nc, root, required, replicas } = options;
  if (!required) return undefined;
  const [subjects, streams] = [subjectsOf(root), streamsOf(root)];
  const registry = await natsAccessRegistry({ nc, subjects, streams, replicas });
  return { root, callers: callersOf(registry, now), now };
};

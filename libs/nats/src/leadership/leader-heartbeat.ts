import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { Ingress } from '../ingress/in-flight.ts';
import { decodeExact } from '../validation/decode.ts';
import { drained, listen } from '../connection/listen.ts';

export interface FollowLeaderOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly cell: string;
  /** Called about once a second with the epoch of the engine that serves the cell. Must not throw. */
  readonly onEpoch: (epoch: number) => void;
}

/** Follows the heartbeats of the leading engine of a cell. Ignores other messages. */
export const followLeader = ({ nc, subjects, cell, onEpoch }: FollowLeaderOptions): Ingress => {
  const subscription = listen(nc, subjects.leaderHeartbeat(cell), (msg) => {
    const epoch = epochOf(msg.data);
    if (epoch !== undefined) onEpoch(epoch);
  });
  return { close: () => drained(nc, subscription) };
};

const epochOf = (bytes: Uint8Array): number | undefined => {
  const decoded = decodeExact(bytes);
  if ('problem' in decoded) return undefined;
  const epoch = (decoded.value as { readonly epoch?: unknown } | null)?.epoch;
  return typeof epoch === 'number' && Number.isSafeInteger(epoch) ? epoch : undefined;
};

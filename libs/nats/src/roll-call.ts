import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { Door } from './door.ts';
import { drained, listen } from './listen.ts';

export interface RollCallOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly cell: string;
  /** About once a second, while an engine serves the cell: its epoch. Must not throw. */
  readonly onEpoch: (epoch: number) => void;
}

/** Hears which engine the cell has. What is no sign of life of an engine is passed over. */
export const hearRollCall = ({ nc, subjects, cell, onEpoch }: RollCallOptions): Door => {
  const subscription = listen(nc, subjects.rollCall(cell), (msg) => {
    const epoch = epochOf(msg.string());
    if (epoch !== undefined) onEpoch(epoch);
  });
  return { close: () => drained(nc, subscription) };
};

const epochOf = (text: string): number | undefined => {
  try {
    const beacon: unknown = JSON.parse(text);
    const epoch = (beacon as { readonly epoch?: unknown } | null)?.epoch;
    return typeof epoch === 'number' && Number.isSafeInteger(epoch) ? epoch : undefined;
  } catch {
    return undefined;
  }
};

import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import { startInterval } from '@precedent/kernel';
import type { Ingress } from '../ingress/in-flight.ts';
import { linkStateOf } from '../connection/link-state.ts';
import { trackAnnounced } from './announced-names.ts';

export interface LiveGateways extends Ingress {
  /** How many gateways of the cell are alive, with this one. */
  readonly count: () => number;
}

interface Gateway {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly cell: string;
  /** Of this one; another one at each start. */
  readonly name: string;
}

/** Between two announcements. Milliseconds. */
const ANNOUNCE_MS = 1_000;

/** Announces a gateway to the others of its cell, and counts them. `now`: milliseconds. */
export const joinGateways = ({ nc, subjects, cell, name }: Gateway, now: () => number): LiveGateways => {
  const subject = subjects.gateways(cell);
  const announced = trackAnnounced({ nc, subject, field: 'gateway' }, now);
  const link = linkStateOf(nc);
  const announce = (): void => {
    if (link.isUp()) nc.publish(subject, JSON.stringify({ gateway: name }));
  };
  announce();
  const timer = startInterval(ANNOUNCE_MS, announce);
  return {
    // Without a connection it hears nothing, not even itself.
    count: () => Math.max(1, announced.count()),
    close: () => {
      timer.cancel();
      return announced.close();
    },
  };
};

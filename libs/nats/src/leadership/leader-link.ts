import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { LeaderLink } from '@precedent/ports';
import { linkStateOf, whileUp } from '../connection/link-state.ts';
import { reportingPublisher } from '../connection/undelivered.ts';

export interface LeaderLinkOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
}

/**
 * Announcements go to a subject to which only the engine that serves the cell listens, so the server says when there is none.
 *
 * Servers of a cluster may lose each other while their clients live: there an engine that cannot be reached is not known to be dead.
 */
export const natsLeaderLink = ({ nc, subjects }: LeaderLinkOptions): LeaderLink => {
  const link = linkStateOf(nc);
  const undelivered = new Set<string>();
  const publisher = reportingPublisher(nc, (cell) => void undelivered.add(cell));
  return {
    announce: async (cell, engine) => {
      undelivered.delete(cell);
      publisher.publish(subjects.standby(cell), JSON.stringify({ engine }), cell);
      // The server answers in order, so its report about the announcement has come when the flush is over.
      await whileUp(nc, () => nc.flush()).catch(() => undefined);
      return isClustered(nc) || !undelivered.has(cell);
    },
    onBroken: (listener) => void link.onDown(listener),
  };
};

const isClustered = ({ info }: NatsConnection): boolean => info?.cluster !== undefined;

import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { AssignMessage, LeaderHeartbeat, SignalMessage } from '@precedent/contract-types';
import type { WorkerLink } from '@precedent/ports';
import { assignMessages } from './assignment-text.ts';
import { linkStateOf } from '../connection/link-state.ts';
import { reportingPublisher } from '../connection/undelivered.ts';

export interface WorkerLinkOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
}

export interface NatsWorkerLink extends WorkerLink {
  /** Stops listening for sessions that cannot be reached. The connection stays open. */
  close(): void;
}

/** A message that asks nothing of a worker, on the subject that every worker listens to. */
const NO_TASKS = JSON.stringify({ tasks: [] } satisfies AssignMessage);
const DEFAULT_MAX_PAYLOAD = 1_048_576;

/** Sends assignments and signals to workers as plain publishes. What is lost is shown by the next heartbeat of the worker. */
export const natsWorkerLink = ({ nc, subjects }: WorkerLinkOptions): NatsWorkerLink => {
  const link = linkStateOf(nc);
  const listeners: ((session: string) => void)[] = [];
  const publisher = reportingPublisher(nc, (session) => {
    for (const listener of listeners) listener(session);
  });
  return {
    assign: (session, leases) => {
      const maxPayload = nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD;
      const subject = subjects.assign(session);
      queueMicrotask(() => {
        for (const text of assignMessages(leases, maxPayload)) publisher.publish(subject, text, session);
      });
    },
    signal: (session, signals) => {
      const message: SignalMessage = { signals };
      publisher.publish(subjects.signal(session), JSON.stringify(message), session);
    },
    probe: (session) => publisher.publish(subjects.assign(session), NO_TASKS, session),
    sendLeaderHeartbeat: (heartbeat) => {
      const message: LeaderHeartbeat = heartbeat;
      if (link.isUp()) nc.publish(subjects.leaderHeartbeat(heartbeat.cell), JSON.stringify(message));
    },
    onUnreachable: (listener) => void listeners.push(listener),
    close: () => publisher.close(),
  };
};

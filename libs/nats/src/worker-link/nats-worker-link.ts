import { createInbox } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { LeaderHeartbeat, SignalMessage, Subjects } from '@precedent/contracts';
import type { WorkerLink } from '@precedent/ports';
import { assignMessages } from './assignment-text.ts';
import { linkStateOf } from '../connection/link-state.ts';
import { listen } from '../connection/listen.ts';

export interface WorkerLinkOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
}

export interface NatsWorkerLink extends WorkerLink {
  /** Stops listening for sessions that cannot be reached. The connection stays open. */
  close(): void;
}

const DEFAULT_MAX_PAYLOAD = 1_048_576;

/**
 * From the engine to its workers: plain publishes. Each carries a reply subject that names its session, on which nobody ever
 * answers but the server, and it only to say that nobody listens.
 */
export const natsWorkerLink = ({ nc, subjects }: WorkerLinkOptions): NatsWorkerLink => {
  const link = linkStateOf(nc);
  const inbox = createInbox();
  const listeners: ((session: string) => void)[] = [];
  const subscription = listen(nc, `${inbox}.*`, (msg) => {
    if (msg.headers?.code !== 503) return;
    const session = msg.subject.slice(inbox.length + 1);
    for (const listener of listeners) listener(session);
  });
  const send = (subject: string, text: string, session: string): void => {
    // Kept by the client it would arrive late; lost now, the worker's next heartbeat shows it.
    if (!link.isUp()) return;
    try {
      nc.publish(subject, text, { reply: `${inbox}.${session}` });
    } catch {
      // Larger than a message may be, or the connection closes: to the worker both look like a loss.
    }
  };
  return {
    assign: (session, leases) => {
      const maxPayload = nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD;
      const subject = subjects.assign(session);
      queueMicrotask(() => {
        for (const text of assignMessages(leases, maxPayload)) send(subject, text, session);
      });
    },
    signal: (session, signals) => {
      const message: SignalMessage = { signals };
      send(subjects.signal(session), JSON.stringify(message), session);
    },
    sendLeaderHeartbeat: (heartbeat) => {
      const message: LeaderHeartbeat = heartbeat;
      if (link.isUp()) nc.publish(subjects.leaderHeartbeat(heartbeat.cell), JSON.stringify(message));
    },
    onUnreachable: (listener) => void listeners.push(listener),
    close: () => {
      if (!nc.isClosed()) subscription.unsubscribe();
    },
  };
};

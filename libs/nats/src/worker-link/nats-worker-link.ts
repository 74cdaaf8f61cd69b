import { createInbox } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { AssignMessage, LeaderHeartbeat, SignalMessage } from '@precedent/contract-types';
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

/** A message that asks nothing of a worker, on the subject that every worker listens to. */
const NO_TASKS = JSON.stringify({ tasks: [] } satisfies AssignMessage);
/** After a break of this connection, workers reconnect too: for so long it means nothing that one cannot be reached. Milliseconds. */
const RECONNECTING_MS = 2_000;
const DEFAULT_MAX_PAYLOAD = 1_048_576;

/**
 * Sends assignments and signals to workers as plain publishes. Each has a reply subject that names the session. Workers never answer there;
 * the server does, when the session does not listen.
 */
export const natsWorkerLink = ({ nc, subjects }: WorkerLinkOptions): NatsWorkerLink => {
  const link = linkStateOf(nc);
  const inbox = createInbox();
  const listeners: ((session: string) => void)[] = [];
  let upSince = Number.NEGATIVE_INFINITY;
  const forgetUp = link.onUp(() => void (upSince = performance.now()));
  const subscription = listen(nc, `${inbox}.*`, (msg) => {
    if (msg.headers?.code !== 503 || performance.now() - upSince < RECONNECTING_MS) return;
    const session = msg.subject.slice(inbox.length + 1);
    for (const listener of listeners) listener(session);
  });
  const send = (subject: string, text: string, session: string): void => {
    // The client would buffer it and send it late. When it is lost, the next heartbeat of the worker shows that.
    if (!link.isUp()) return;
    try {
      nc.publish(subject, text, { reply: `${inbox}.${session}` });
    } catch {
      // It exceeds the size of a message, or the connection is being closed: then it counts as lost.
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
    probe: (session) => send(subjects.assign(session), NO_TASKS, session),
    sendLeaderHeartbeat: (heartbeat) => {
      const message: LeaderHeartbeat = heartbeat;
      if (link.isUp()) nc.publish(subjects.leaderHeartbeat(heartbeat.cell), JSON.stringify(message));
    },
    onUnreachable: (listener) => void listeners.push(listener),
    close: () => {
      forgetUp();
      if (!nc.isClosed()) subscription.unsubscribe();
    },
  };
};

import type { LeaderHeartbeat, WorkerSignal } from '@precedent/contract-types';
import type { AssignedLease, WorkerLink } from '@precedent/ports';

/** The worker's end of a memory link. Messages without a callback are ignored. */
export interface LinkReceiver {
  readonly assign?: (leases: readonly AssignedLease[]) => void;
  readonly signal?: (signals: readonly WorkerSignal[]) => void;
  readonly leaderHeartbeat?: (heartbeat: LeaderHeartbeat) => void;
}

export interface MemoryWorkerLink extends WorkerLink {
  /** Delivers to a session from now on, until the returned function is called. */
  attach(session: string, receiver: LinkReceiver): () => void;
  /** Loses deliveries under way and later ones, until `heal`, without an error, as a broken network does. */
  cut(session: string): void;
  heal(session: string): void;
}

/** `carry` transports each delivery to its worker: it calls `run` once, later, or never. By default in a microtask. */
export const memoryWorkerLink = (carry: (run: () => void) => void = queueMicrotask): MemoryWorkerLink => {
  const receivers = new Map<string, LinkReceiver>();
  const isCut = new Set<string>();
  const listeners: ((session: string) => void)[] = [];

  const deliver = (session: string, hand: (receiver: LinkReceiver) => void): void =>
    carry(() => {
      const receiver = receivers.get(session);
      if (isCut.has(session)) return;
      if (receiver) hand(receiver);
      else for (const listener of listeners) listener(session);
    });

  return {
    assign: (session, leases) => deliver(session, (receiver) => receiver.assign?.(leases)),
    signal: (session, signals) => deliver(session, (receiver) => receiver.signal?.(signals)),
    probe: (session) => deliver(session, () => undefined),
    sendLeaderHeartbeat: (heartbeat) => {
      for (const session of receivers.keys())
        deliver(session, (receiver) => receiver.leaderHeartbeat?.(heartbeat));
    },
    onUnreachable: (listener) => void listeners.push(listener),
    attach: (session, receiver) => {
      receivers.set(session, receiver);
      return () => void receivers.delete(session);
    },
    cut: (session) => void isCut.add(session),
    heal: (session) => void isCut.delete(session),
  };
};

import type { WorkerLink } from '@precedent/ports';
import type { Invariants } from './invariants.ts';
import type { Network } from './network.ts';
import type { SimEngine } from './sim-engine.ts';
import type { SimWorker } from './sim-worker.ts';

export interface WorkerLinkOptions {
  readonly engine: SimEngine;
  readonly network: Network;
  readonly invariants: Invariants;
  readonly workers: () => readonly SimWorker[];
}

/** What an engine sends to its workers, over a network that fails. The invariants check each assignment and each loss. */
export const workerLink = ({ engine, network, invariants, workers }: WorkerLinkOptions): WorkerLink => {
  let unreachable: (session: string) => void = () => undefined;
  const deliver = (session: string, act: (worker: SimWorker) => void): void =>
    network.send(() => {
      const worker = workers().find((one) => one.session === session);
      if (worker) act(worker);
      else network.send(() => engine.callback(() => unreachable(session)));
    });
  return {
    assign: (session, leases) => {
      for (const { id, epoch } of leases) invariants.assigned(id, epoch);
      deliver(session, (worker) => worker.assign(leases));
    },
    signal: (session, signals) => {
      for (const signal of signals) {
        if (signal.kind !== 'stop' || signal.reason !== 'lease_lost') continue;
        invariants.disowned(session, signal.id, signal.epoch);
      }
      deliver(session, (worker) => worker.signal(signals));
    },
    probe: (session) => deliver(session, () => undefined),
    sendLeaderHeartbeat: (heartbeat) => {
      for (const { session } of workers()) deliver(session, (worker) => worker.leaderHeartbeat(heartbeat));
    },
    onUnreachable: (listener) => {
      unreachable = listener;
    },
  };
};

/** For a replay, which has no workers. */
export const NO_LINK: WorkerLink = {
  assign: () => undefined,
  signal: () => undefined,
  probe: () => undefined,
  sendLeaderHeartbeat: () => undefined,
  onUnreachable: () => undefined,
};

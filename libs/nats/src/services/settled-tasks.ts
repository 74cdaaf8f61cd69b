import type { NatsConnection } from '@nats-io/nats-core';
import type { HistoryListReply } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { SettledTasks } from '@precedent/ports';
import { namespaceClaims } from './namespace-claim.ts';
import { natsOperationCalls } from './nats-operation-calls.ts';

export interface SettledTasksOptions {
  readonly nc: NatsConnection;
  readonly root: string;
  readonly now: () => EpochMs;
}

/** Settled tasks, from the history. */
export const natsSettledTasks = ({ nc, root, now }: SettledTasksOptions): SettledTasks => {
  const calls = natsOperationCalls(nc, root);
  return {
    list: async (request) =>
      (await calls.call({ group: 'history', verb: 'list', request })) as HistoryListReply,
    deletionProblem: namespaceClaims({ nc, root, now }),
  };
};

import { may } from '@precedent/access';
import type { DeleteRequest, HistoryTaskView } from '@precedent/contract-types';
import type { NatsConnection } from '@nats-io/nats-core';
import { subjectsOf } from '@precedent/contracts';
import { problemOf } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { Caller } from '@precedent/ports';
import { natsError } from '../connection/nats-errors.ts';

/** Resolves to `undefined` when the claim is true, and the caller may delete such a task. Never rejects. */
export type CheckClaim = (
  request: Pick<DeleteRequest, 'id' | 'namespace'>,
  caller: Caller,
) => Promise<Problem | undefined>;

type ClaimedTask = Pick<HistoryTaskView, 'namespace' | 'project' | 'security'>;

const ADMINISTER = { right: 'administer', reach: 'namespace' } as const;
const ANSWER_MS = 5_000;

export interface ClaimOptions {
  readonly nc: NatsConnection;
  readonly root: string;
  readonly now: () => EpochMs;
}

/**
 * Checks with the history that a task which the engine has forgotten belongs to a namespace, and to a project that the caller administers.
 * Otherwise the claim is refused, with HISTORY_UNAVAILABLE when no history answers. An unchecked claim must not become a record of the journal.
 */
export const namespaceClaims =
  ({ nc, root, now }: ClaimOptions): CheckClaim =>
  async ({ id, namespace }, { principal }) => {
    try {
      const subject = subjectsOf(root).history('get');
      const reply = await nc.request(subject, JSON.stringify({ id }), { timeout: ANSWER_MS });
      const { error, task } = reply.json<{ error?: Problem; task?: ClaimedTask }>();
      if (error && error.code !== 'TASK_NOT_FOUND') return error;
      if (task?.namespace !== namespace) return unknownIn(id, namespace);
      const verdict = principal && may(principal, ADMINISTER, task, now());
      return verdict?.allowed === false ? unknownIn(id, namespace) : undefined;
    } catch (error) {
      return problemOf(natsError(error, 'HISTORY_UNAVAILABLE', 'requesting the task from the history'));
    }
  };

const unknownIn = (id: string, namespace: string): Problem => ({
  code: 'TASK_NOT_FOUND',
  message: `no task of namespace ${namespace} has the id ${id}`,
});

import type { DeleteRequest } from '@precedent/contract-types';
import type { NatsConnection } from '@nats-io/nats-core';
import { subjectsOf } from '@precedent/contracts';
import { problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { natsError } from '../connection/nats-errors.ts';

/** Resolves to `undefined` when the claim is true. Never rejects. */
export type CheckClaim = (request: Pick<DeleteRequest, 'id' | 'namespace'>) => Promise<Problem | undefined>;

const ANSWER_MS = 5_000;

/**
 * Checks with the history that a task which the engine has forgotten belongs to a namespace. Otherwise the claim is refused, with
 * HISTORY_UNAVAILABLE when no history answers. An unchecked claim must not become a record of the journal.
 */
export const namespaceClaims =
  (nc: NatsConnection, root: string): CheckClaim =>
  async ({ id, namespace }) => {
    try {
      const subject = subjectsOf(root).history('get');
      const reply = await nc.request(subject, JSON.stringify({ id }), { timeout: ANSWER_MS });
      const { error, task } = reply.json<{ error?: Problem; task?: { namespace?: unknown } }>();
      if (error && error.code !== 'TASK_NOT_FOUND') return error;
      return task?.namespace === namespace ? undefined : unknownIn(id, namespace);
    } catch (error) {
      return problemOf(natsError(error, 'HISTORY_UNAVAILABLE', 'requesting the task from the history'));
    }
  };

const unknownIn = (id: string, namespace: string): Problem => ({
  code: 'TASK_NOT_FOUND',
  message: `no task of namespace ${namespace} has the id ${id}`,
});

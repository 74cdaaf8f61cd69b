import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { logChunkSchema, sessionOf } from '@precedent/contracts';
import type { Subjects } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import type { WorkerApi } from '@precedent/ports';
import { RequestAudit, afterAudit } from '../audit/request-audit.ts';
import { listen } from '../connection/listen.ts';
import type { Gate } from '../services/caller-gate.ts';
import { decode } from '../validation/decode.ts';

export interface WorkerOutputOptions {
  readonly nc: NatsConnection;
  readonly workers: Pick<WorkerApi, 'holderOf'>;
  readonly subjects: Subjects;
  readonly cell: string;
  readonly gate: Gate;
  readonly onFault: (problem: Problem) => void;
}

/**
 * Receives the output of workers with a credential, and passes it on into the log of its task: only of a lease that a session of this
 * credential holds, so that no worker writes into the logs of others. The answer comes when it is stored.
 */
export const listenToOutput = (options: WorkerOutputOptions): Subscription => {
  const { nc, subjects, cell, gate, onFault } = options;
  const take = (msg: Msg): void => {
    const [credential = '', task = ''] = msg.subject.split('.').slice(-2);
    const problem = problemOf(options, msg, { credential, task });
    if (problem === undefined) return void passOn(options, msg, task);
    const audit = RequestAudit.ofWorker(gate, msg, credential);
    audit.concerns({ id: task });
    afterAudit(audit, [{ error: problem }], () => void msg.respond(JSON.stringify({ error: problem })));
  };
  return listen(nc, subjects.outputs(cell), take, { onFault });
};

/** A reply subject of another account cannot be passed on, so the answer of the server is. What it does not store is lost, as everywhere. */
const passOn = async ({ nc, subjects }: WorkerOutputOptions, msg: Msg, task: string): Promise<void> => {
  const stored = await nc.request(subjects.log(task), msg.data, { timeout: STORE_MS }).catch(() => undefined);
  if (stored) msg.respond(stored.data);
};

const STORE_MS = 2_000;

interface Sender {
  readonly credential: string;
  /** The task of the subject. */
  readonly task: string;
}

const problemOf = (
  { workers }: WorkerOutputOptions,
  { data }: Msg,
  { credential, task }: Sender,
): Problem | undefined => {
  const decoded = decode(data);
  const chunk = logChunkSchema.safeParse('value' in decoded ? decoded.value : undefined);
  if (!chunk.success || chunk.data.id !== task)
    return { code: 'INVALID_REQUEST', message: `expected a chunk of the output of task ${task}` };
  const holder = workers.holderOf([task, chunk.data.epoch]);
  if (holder === undefined) return { code: 'STALE_EPOCH', message: `the lease of ${task} has ended` };
  if (holder.startsWith(sessionOf(credential, ''))) return undefined;
  return { code: 'FORBIDDEN', message: `no worker of this credential has the lease of ${task}` };
};

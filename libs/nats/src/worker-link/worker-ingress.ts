import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { ReportReply } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { BulkApi, WorkerApi } from '@precedent/ports';
import { RequestAudit, afterAudit } from '../audit/request-audit.ts';
import { InFlight } from '../ingress/in-flight.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { drained, listen } from '../connection/listen.ts';
import type { Gate } from '../services/caller-gate.ts';
import { readWorkerMessage } from './worker-messages.ts';
import type { CheckedWorkerMessage } from './worker-messages.ts';
import { openWorker, workerMessageOf } from './known-worker.ts';
import { listenToOutput } from './worker-output.ts';
import type { KnownSender } from './known-worker.ts';

export interface WorkerIngressOptions {
  readonly nc: NatsConnection;
  readonly workers: WorkerApi;
  readonly subjects: Subjects;
  readonly cell: string;
  /** Absent: no task acts on others. */
  readonly bulk?: Pick<BulkApi, 'act'> | undefined;
  /** Absent: subjects with a credential are not listened to. */
  readonly gate?: Gate | undefined;
  /** Called when the handling of a message throws. The message is answered with the same problem. */
  readonly onFault: (problem: Problem) => void;
}

/**
 * Receives the messages of workers for the engine of a cell. It is no queue group: while an engine takes over from another one, both listen,
 * and the fenced one must not keep a report from the new one. When it leaves, it does not answer, and the worker sends the report again.
 */
export const openWorkerIngress = ({
  nc,
  workers,
  bulk,
  subjects,
  cell,
  gate,
  onFault,
}: WorkerIngressOptions): EngineIngress => {
  const inFlight = new InFlight();
  let isAbandoned = false;
  const take = (msg: Msg, message: CheckedWorkerMessage): void => {
    if (!isAbandoned) dispatch({ workers, bulk }, message, answering(msg, inFlight));
  };
  const read = (msg: Msg): CheckedWorkerMessage => {
    const message = readWorkerMessage(msg.data);
    return gate === undefined ? openWorker(message) : message;
  };
  const open = listen(nc, subjects.report(cell), (msg) => take(msg, read(msg)), { onFault });
  const known = gate && [
    listenToCallers({ nc, subject: `${subjects.report(cell)}.*`, gate, take, onFault }),
    listenToOutput({ nc, workers, subjects, cell, gate, onFault }),
  ];
  const drain = async (): Promise<void> => {
    await Promise.all([open, ...(known ?? [])].map((each) => drained(nc, each)));
  };
  return {
    abandon: (problem) => {
      isAbandoned = true;
      inFlight.refuseAll(problem);
      void drain();
    },
    close: async () => {
      await drain();
      await inFlight.settled();
    },
  };
};

interface KnownWorkers {
  readonly nc: NatsConnection;
  readonly subject: string;
  readonly gate: Gate;
  readonly take: (msg: Msg, message: CheckedWorkerMessage) => void;
  readonly onFault: (problem: Problem) => void;
}

/** The workers whose subject names their credential. A message can only be about sessions of that credential. */
const listenToCallers = ({ nc, subject, gate, take, onFault }: KnownWorkers): Subscription => {
  const sender = (credential: string): KnownSender => ({
    credential,
    principal: gate.callers.principalOf(credential),
    now: gate.now(),
  });
  const receive = (msg: Msg): void => {
    const credential = msg.subject.slice(msg.subject.lastIndexOf('.') + 1);
    const message = workerMessageOf(sender(credential), msg.data);
    if (message.kind !== 'invalid') return take(msg, message);
    const audit = RequestAudit.ofWorker(gate, msg, credential);
    afterAudit(audit, [{ error: message.problem }], () => take(msg, message));
  };
  return listen(nc, subject, receive, { onFault });
};

interface Answering {
  /** For an answer that comes later: the returned function sends it. */
  later(): (answer: unknown) => void;
  now(answer: unknown): void;
}

const answering = (msg: Msg, inFlight: InFlight): Answering => {
  const now = (answer: unknown): void => void msg.respond(JSON.stringify(answer));
  return {
    now,
    later: () => {
      const end = inFlight.begin(() => undefined);
      return (answer) => {
        if (end?.()) now(answer);
      };
    },
  };
};

const dispatch = (
  { workers, bulk }: Pick<WorkerIngressOptions, 'workers' | 'bulk'>,
  message: CheckedWorkerMessage,
  answer: Answering,
): void => {
  switch (message.kind) {
    case 'hello':
      return workers.hello(message.hello, answer.later());
    case 'heartbeat':
      return workers.heartbeat(message.session, message.running, message.quiet, message.frozen);
    case 'blocked':
      return workers.blocked(message.session, message.blocked);
    case 'progress':
      return workers.progress(message.session, message.lease, message.fraction, message.message);
    case 'keep':
      return workers.recordStep(message.session, message.lease, message.step, answer.later());
    case 'atomic':
      return workers.atomic(message.session, message.lease, message.maxMs);
    case 'bulk':
      return act(bulk, message, answer);
    case 'load':
      return workers.load(message.session, message.load);
    case 'report': {
      const reply = answer.later();
      const { session, settled, started } = message;
      const answerRefused = (refused: ReportReply['refused']): void =>
        reply({ ok: true, refused } satisfies ReportReply);
      return workers.report(session, settled, answerRefused, started);
    }
    case 'draining':
      return workers.draining(message.session);
    case 'bye': {
      const reply = answer.later();
      return workers.bye(message.session, () => reply({ ok: true }));
    }
    case 'invalid':
      return answer.now({ error: message.problem });
  }
};

const act = (
  bulk: WorkerIngressOptions['bulk'],
  { session, lease, piece }: Extract<CheckedWorkerMessage, { readonly kind: 'bulk' }>,
  answer: Answering,
): void => {
  if (bulk === undefined) return answer.now({ error: NO_BULK });
  const reply = answer.later();
  void bulk.act(session, lease, piece).then(reply);
};

const NO_BULK: Problem = { code: 'INVALID_REQUEST', message: 'this engine acts on no sets of tasks' };

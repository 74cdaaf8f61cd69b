import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { ReportReply, Subjects } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import type { WorkerApi } from '@precedent/ports';
import { InFlight } from '../ingress/in-flight.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { drained, listen } from '../connection/listen.ts';
import { readWorkerMessage } from './worker-messages.ts';
import type { CheckedWorkerMessage } from './worker-messages.ts';

export interface WorkerIngressOptions {
  readonly nc: NatsConnection;
  readonly workers: WorkerApi;
  readonly subjects: Subjects;
  readonly cell: string;
  /** A message could not be dealt with; it was answered with the same. */
  readonly onFault: (problem: Problem) => void;
}

/**
 * Where workers speak to the engine of a cell. Not a queue group: while one engine takes over from another both may listen, and it
 * is the fenced one that must not keep a report from the new one: when it leaves, it says nothing, and the worker sends again.
 */
export const openWorkerIngress = ({
  nc,
  workers,
  subjects,
  cell,
  onFault,
}: WorkerIngressOptions): EngineIngress => {
  const inFlight = new InFlight();
  let isAbandoned = false;
  const take = (msg: Msg): void => {
    if (!isAbandoned) dispatch(workers, readWorkerMessage(msg.data), answering(msg, inFlight));
  };
  const subscription = listen(nc, subjects.report(cell), take, { onFault });
  return {
    abandon: (problem) => {
      isAbandoned = true;
      inFlight.refuseAll(problem);
      void drained(nc, subscription);
    },
    close: async () => {
      await drained(nc, subscription);
      await inFlight.settled();
    },
  };
};

interface Answering {
  /** Begins an answer that comes later; the returned function gives it. */
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

const dispatch = (workers: WorkerApi, says: CheckedWorkerMessage, answer: Answering): void => {
  switch (says.kind) {
    case 'hello':
      return workers.hello(says.hello, answer.later());
    case 'heartbeat':
      return workers.heartbeat(says.session, says.running, says.quiet, says.frozen);
    case 'progress':
      return workers.progress(says.session, says.lease, says.fraction, says.message);
    case 'keep':
      return workers.recordStep(says.session, says.lease, says.step, answer.later());
    case 'atomic':
      return workers.atomic(says.session, says.lease, says.maxMs);
    case 'load':
      return workers.load(says.session, says.load);
    case 'report': {
      const reply = answer.later();
      return workers.report(says.session, says.settled, (refused) =>
        reply({ ok: true, refused } satisfies ReportReply),
      );
    }
    case 'draining':
      return workers.draining(says.session);
    case 'bye': {
      const reply = answer.later();
      return workers.bye(says.session, () => reply({ ok: true }));
    }
    case 'bad':
      return answer.now({ error: says.problem });
  }
};

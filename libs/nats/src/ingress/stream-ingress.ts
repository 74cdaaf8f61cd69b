import type { SubmitReply } from '@precedent/contract-types';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { BANDS, mayRetry, problemOf } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type { EngineApi, Offer, TaskApi } from '@precedent/ports';
import { SUBMIT_OPERATIONS, callerIn } from '@precedent/contracts';
import { RequestAudit, afterAudit } from '../audit/request-audit.ts';
import { derivedIds } from './derived-id.ts';
import type { DeriveId } from './derived-id.ts';
import { InFlight } from './in-flight.ts';
import type { EngineIngress } from './in-flight.ts';
import { BandPuller } from './band-puller.ts';
import { ensureIngressStream, ensureBandConsumer, renewBandConsumer } from './ingress-stream.ts';
import type { IngressStreamOptions } from './ingress-stream.ts';
import { callerOf, senderOf } from '../services/caller-gate.ts';
import type { Gate } from '../services/caller-gate.ts';
import { readStreamedTasks } from './streamed-tasks.ts';
import type { StreamedTasks } from './streamed-tasks.ts';

export interface StreamIngressOptions extends IngressStreamOptions {
  readonly nc: NatsConnection;
  readonly engine: Pick<EngineApi, 'forCaller' | 'tasks'>;
  /** Absent: what comes on subjects with a caller waits in the stream. */
  readonly gate?: Gate | undefined;
}

/** Milliseconds until a task that the engine cannot take now is delivered again, unless the engine names a time. */
const AGAIN_MS = 1_000;

/**
 * The stream ingress: submits the tasks that were published to the bands, also while no engine ran. A message is acknowledged after the commit
 * of all its tasks, delivered again later when the engine cannot take it now, and recorded as rejected when it never can.
 * Rejects JOURNAL_UNAVAILABLE or INVALID_CONFIG when its stream cannot be made.
 */
export const openStreamIngress = async (options: StreamIngressOptions): Promise<EngineIngress> => {
  const jsm = await jetstreamManager(options.nc);
  const stream = await ensureIngressStream(jsm, options);
  const derive = derivedIds(`${stream.config.name} ${stream.created}`);
  for (const band of BANDS) await renewBandConsumer(jsm, band, options);
  const pullers = BANDS.map((band) => pullerOf({ band, jsm, derive, options }));
  for (const { puller } of pullers) puller.start();
  return {
    abandon: (problem) => {
      for (const { puller, inFlight } of pullers) {
        inFlight.refuseAll(problem);
        void puller.stop();
      }
    },
    close: async () => {
      await Promise.all(pullers.map(({ puller }) => puller.stop()));
      await Promise.all(pullers.map(({ inFlight }) => inFlight.settled()));
    },
  };
};

interface PullerParts {
  readonly band: Band;
  readonly jsm: JetStreamManager;
  readonly derive: DeriveId;
  readonly options: StreamIngressOptions;
}

const pullerOf = ({ band, jsm, derive, options }: PullerParts) => {
  const { nc, streams } = options;
  const { tasks } = options.engine;
  const inFlight = new InFlight();
  const batcher = new TurnBatcher();
  const puller = new BandPuller({
    js: jetstream(nc),
    stream: streams.tasks,
    consumer: streams.ingressConsumer(band),
    band,
    tasks,
    inFlight: () => inFlight.count,
    waiting: () => batcher.waiting,
    take: (msg) => {
      // `nak` without a delay: another engine may get the message at once.
      const end = inFlight.begin(() => msg.nak());
      if (!end) return;
      const tasks = tasksFor(options, msg.subject);
      const audit = RequestAudit.of(options.gate, msg, SUBMIT_OPERATIONS.submit);
      batcher.add({ ...readStreamedTasks(msg, band, derive), end, tasks, audit });
    },
    ensureConsumer: () => ensureBandConsumer(jsm, band, options),
  });
  return { puller, inFlight };
};

/** The tasks of the engine as the sender of a message may use them now. */
const tasksFor = ({ engine, gate }: StreamIngressOptions, subject: string): Pick<TaskApi, 'submit'> => {
  try {
    const sender = senderOf(gate, subject);
    if (gate === undefined || sender === undefined) return engine.tasks;
    return engine.forCaller(callerOf(sender, SUBMIT_OPERATIONS.submit, undefined, gate.now())).tasks;
  } catch (error) {
    return refusing(engine.tasks, problemOf(error), callerIn(subject, gate?.root)?.namespace);
  }
};

/** Refuses tasks, and records the refusals in the namespace of their sender. */
const refusing = (
  tasks: Pick<TaskApi, 'submit'>,
  error: Problem,
  namespace: string | undefined,
): Pick<TaskApi, 'submit'> => ({
  submit: (offers, reply) => {
    const refusals = offers.filter((offer) => 'problem' in offer);
    if (refusals.length < offers.length) return reply(offers.map(() => ({ error })));
    tasks.submit(
      refusals.map((refusal) => ({ ...refusal, ...(namespace !== undefined && { namespace }) })),
      reply,
    );
  },
});

interface InFlightMessage extends StreamedTasks {
  /** `false`: it was refused meanwhile. */
  readonly end: () => boolean;
  readonly tasks: Pick<TaskApi, 'submit'>;
  readonly audit: RequestAudit | undefined;
}

/** Submits the tasks that arrive in one turn of the event loop together, and acknowledges their messages. */
class TurnBatcher {
  #waiting: InFlightMessage[] = [];

  /** How many tasks were not submitted yet. */
  get waiting(): number {
    return this.#waiting.reduce((count, { offers }) => count + offers.length, 0);
  }

  add(message: InFlightMessage): void {
    if (this.#waiting.push(message) === 1) setImmediate(() => this.#submitBatch());
  }

  #submitBatch(): void {
    const bySender = Map.groupBy(this.#waiting, ({ tasks }) => tasks);
    this.#waiting = [];
    for (const [tasks, batch] of bySender) {
      tasks.submit(
        batch.flatMap(({ offers }) => offers),
        (answers) => this.#settleAll(batch, answers),
      );
    }
  }

  #settleAll(batch: readonly InFlightMessage[], answers: readonly SubmitReply[]): void {
    let from = 0;
    for (const message of batch) {
      const count = message.offers.length;
      this.#settle(message, answers.slice(from, from + count));
      from += count;
    }
  }

  #settle(message: InFlightMessage, answers: readonly SubmitReply[]): void {
    const problem = temporaryProblem(answers);
    if (problem) return this.#redeliver(message, problem);
    const refusals = refusalsOf(message, answers);
    if (refusals.length === 0) return this.#acknowledge(message);
    afterAudit(message.audit, answers, () => this.#record(message, refusals));
  }

  #record(message: InFlightMessage, refusals: readonly Offer[]): void {
    message.tasks.submit(refusals, (recorded) => {
      const problem = temporaryProblem(recorded);
      if (problem) this.#redeliver(message, problem);
      else this.#acknowledge(message);
    });
  }

  #redeliver({ msg, end }: InFlightMessage, { retryAfterMs = AGAIN_MS }: Problem): void {
    if (end()) msg.nak(retryAfterMs);
  }

  #acknowledge({ msg, end }: InFlightMessage): void {
    if (end()) msg.ack();
  }
}

const temporaryProblem = (answers: readonly SubmitReply[]): Problem | undefined => {
  for (const answer of answers) if ('error' in answer && mayRetry(answer.error.code)) return answer.error;
  return undefined;
};

/** Tasks that the engine will never take are offered once more, as refusals to be recorded. */
const refusalsOf = (message: StreamedTasks, answers: readonly SubmitReply[]): Offer[] =>
  answers.flatMap((answer, index) =>
    'error' in answer && !isRecorded(message.offers[index], answer.error)
      ? [message.refusal(index, answer.error)]
      : [],
  );

/** The answer to a recorded refusal has the same code; another code means that its id belongs to a task. */
const isRecorded = (offer: Offer | undefined, { code }: Problem): boolean =>
  offer !== undefined && 'problem' in offer && offer.problem.code === code;

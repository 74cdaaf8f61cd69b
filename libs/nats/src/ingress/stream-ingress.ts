import type { SubmitReply } from '@precedent/contract-types';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { BANDS, mayRetry } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type { Offer, TaskApi } from '@precedent/ports';
import { derivedIds } from './derived-id.ts';
import type { DeriveId } from './derived-id.ts';
import { InFlight } from './in-flight.ts';
import type { EngineIngress } from './in-flight.ts';
import { BandPuller } from './band-puller.ts';
import { ensureIngressStream, ensureBandConsumer, renewBandConsumer } from './ingress-stream.ts';
import type { IngressStreamOptions } from './ingress-stream.ts';
import { readStreamedTasks } from './streamed-tasks.ts';
import type { StreamedTasks } from './streamed-tasks.ts';

export interface StreamIngressOptions extends IngressStreamOptions {
  readonly nc: NatsConnection;
  readonly tasks: Pick<TaskApi, 'submit' | 'room'>;
}

type Submit = TaskApi['submit'];

/** Milliseconds until a task that the engine cannot take now is delivered again, unless the engine names a time. */
const AGAIN_MS = 1_000;

/**
 * The stream ingress: takes in what was published to the bands, also while no engine ran. A message is acknowledged after the commit of
 * all its tasks, comes again when the engine cannot take it now, and is recorded as rejected when it can never be taken.
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
  const { nc, tasks, streams } = options;
  const inFlight = new InFlight();
  const intake = new TurnBatcher((offers, reply) => tasks.submit(offers, reply));
  const puller = new BandPuller({
    js: jetstream(nc),
    stream: streams.tasks,
    consumer: streams.ingressConsumer(band),
    band,
    tasks,
    inFlight: () => inFlight.count,
    waiting: () => intake.waiting,
    take: (msg) => {
      // Another engine may have it at once.
      const end = inFlight.begin(() => msg.nak());
      if (end) intake.add({ ...readStreamedTasks(msg, band, derive), end });
    },
    mend: () => ensureBandConsumer(jsm, band, options),
  });
  return { puller, inFlight };
};

interface InFlightMessage extends StreamedTasks {
  /** `false`: it was refused meanwhile. */
  readonly end: () => boolean;
}

/** Hands over what arrives in one turn of the event loop together, and sends each message its acknowledgement. */
class TurnBatcher {
  readonly #submit: Submit;
  #waiting: InFlightMessage[] = [];

  constructor(submit: Submit) {
    this.#submit = submit;
  }

  /** Tasks that were not handed over yet. */
  get waiting(): number {
    return this.#waiting.reduce((count, { offers }) => count + offers.length, 0);
  }

  add(dropped: InFlightMessage): void {
    if (this.#waiting.push(dropped) === 1) setImmediate(() => this.#hand());
  }

  #hand(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#submit(
      batch.flatMap(({ offers }) => offers),
      (answers) => {
        let from = 0;
        for (const dropped of batch) {
          const count = dropped.offers.length;
          this.#settle(dropped, answers.slice(from, from + count));
          from += count;
        }
      },
    );
  }

  #settle(dropped: InFlightMessage, answers: readonly SubmitReply[]): void {
    const passing = passingProblem(answers);
    if (passing) return this.#again(dropped, passing);
    const refusals = refusalsOf(dropped, answers);
    if (refusals.length === 0) return this.#done(dropped);
    this.#submit(refusals, (recorded) => {
      const problem = passingProblem(recorded);
      if (problem) this.#again(dropped, problem);
      else this.#done(dropped);
    });
  }

  #again({ msg, end }: InFlightMessage, { retryAfterMs = AGAIN_MS }: Problem): void {
    if (end()) msg.nak(retryAfterMs);
  }

  #done({ msg, end }: InFlightMessage): void {
    if (end()) msg.ack();
  }
}

const passingProblem = (answers: readonly SubmitReply[]): Problem | undefined => {
  for (const answer of answers) if ('error' in answer && mayRetry(answer.error.code)) return answer.error;
  return undefined;
};

/** What the engine will never take is offered once more, as a refusal to be recorded. */
const refusalsOf = (dropped: StreamedTasks, answers: readonly SubmitReply[]): Offer[] =>
  answers.flatMap((answer, index) =>
    'error' in answer && !isRecorded(dropped.offers[index], answer.error)
      ? [dropped.refusal(index, answer.error)]
      : [],
  );

/** A refusal that was recorded is answered with itself; with another error when its id belongs to a task. */
const isRecorded = (offer: Offer | undefined, { code }: Problem): boolean =>
  offer !== undefined && 'problem' in offer && offer.problem.code === code;

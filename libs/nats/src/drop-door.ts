import type { SubmitReply } from '@precedent/contract-types';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { BANDS } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type { Offer, TaskApi } from '@precedent/ports';
import { isPassing } from './answers.ts';
import { derivedIds } from './derived-id.ts';
import type { DeriveId } from './derived-id.ts';
import { Unanswered } from './door.ts';
import type { EngineDoor } from './door.ts';
import { DropLane } from './drop-lane.ts';
import { ensureDropStream, ensureLane, renewLane } from './drop-stream.ts';
import type { DropStreamOptions } from './drop-stream.ts';
import { readDropped } from './dropped.ts';
import type { Dropped } from './dropped.ts';

export interface DropDoorOptions extends DropStreamOptions {
  readonly nc: NatsConnection;
  readonly tasks: Pick<TaskApi, 'submit' | 'room'>;
}

type Submit = TaskApi['submit'];

/** Milliseconds until a task that the engine cannot take now is delivered again, unless the engine names a time. */
const AGAIN_MS = 1_000;

/**
 * The drop door: takes in what was published to the bands, also while no engine ran. A message is acknowledged after the commit of
 * all its tasks, comes again when the engine cannot take it now, and is recorded as rejected when it can never be taken.
 * Rejects JOURNAL_UNAVAILABLE or INVALID_CONFIG when its stream cannot be made.
 */
export const openDropDoor = async (options: DropDoorOptions): Promise<EngineDoor> => {
  const jsm = await jetstreamManager(options.nc);
  const stream = await ensureDropStream(jsm, options);
  const derive = derivedIds(`${stream.config.name} ${stream.created}`);
  for (const band of BANDS) await renewLane(jsm, band, options);
  const lanes = BANDS.map((band) => laneOf({ band, jsm, derive, options }));
  for (const { lane } of lanes) lane.start();
  return {
    abandon: (problem) => {
      for (const { lane, unanswered } of lanes) {
        unanswered.refuseAll(problem);
        void lane.stop();
      }
    },
    close: async () => {
      await Promise.all(lanes.map(({ lane }) => lane.stop()));
      await Promise.all(lanes.map(({ unanswered }) => unanswered.settled()));
    },
  };
};

interface LaneParts {
  readonly band: Band;
  readonly jsm: JetStreamManager;
  readonly derive: DeriveId;
  readonly options: DropDoorOptions;
}

const laneOf = ({ band, jsm, derive, options }: LaneParts) => {
  const { nc, tasks, streams } = options;
  const unanswered = new Unanswered();
  const intake = new Intake((offers, reply) => tasks.submit(offers, reply));
  const lane = new DropLane({
    js: jetstream(nc),
    stream: streams.tasks,
    consumer: streams.door(band),
    band,
    tasks,
    unanswered: () => unanswered.count,
    waiting: () => intake.waiting,
    take: (msg) => {
      // Another engine may have it at once.
      const end = unanswered.begin(() => msg.nak());
      if (end) intake.add({ ...readDropped(msg, band, derive), end });
    },
    mend: () => ensureLane(jsm, band, options),
  });
  return { lane, unanswered };
};

interface TakenIn extends Dropped {
  /** `false`: it was refused meanwhile. */
  readonly end: () => boolean;
}

/** Hands over what arrives in one turn of the event loop together, and sends each message its acknowledgement. */
class Intake {
  readonly #submit: Submit;
  #waiting: TakenIn[] = [];

  constructor(submit: Submit) {
    this.#submit = submit;
  }

  /** Tasks that were not handed over yet. */
  get waiting(): number {
    return this.#waiting.reduce((count, { offers }) => count + offers.length, 0);
  }

  add(dropped: TakenIn): void {
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

  #settle(dropped: TakenIn, answers: readonly SubmitReply[]): void {
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

  #again({ msg, end }: TakenIn, { retryAfterMs = AGAIN_MS }: Problem): void {
    if (end()) msg.nak(retryAfterMs);
  }

  #done({ msg, end }: TakenIn): void {
    if (end()) msg.ack();
  }
}

const passingProblem = (answers: readonly SubmitReply[]): Problem | undefined => {
  for (const answer of answers) if ('error' in answer && isPassing(answer.error)) return answer.error;
  return undefined;
};

/** What the engine will never take is offered once more, as a refusal to be recorded. */
const refusalsOf = (dropped: Dropped, answers: readonly SubmitReply[]): Offer[] =>
  answers.flatMap((answer, index) =>
    'error' in answer && !isRecorded(dropped.offers[index], answer.error)
      ? [dropped.refusal(index, answer.error)]
      : [],
  );

/** A refusal that was recorded is answered with itself; with another error when its id belongs to a task. */
const isRecorded = (offer: Offer | undefined, { code }: Problem): boolean =>
  offer !== undefined && 'problem' in offer && offer.problem.code === code;

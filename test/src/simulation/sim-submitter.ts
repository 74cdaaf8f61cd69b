import type { SubmitReply } from '@precedent/contract-types';
import type { ErrorCode } from '@precedent/kernel';
import type { Clock, EngineApi, Offer, TaskApi } from '@precedent/ports';
import type { SeededRandom } from '@precedent/testkit';
import type { Invariants } from './invariants.ts';

export interface SubmitterOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Sends a message to one engine whose endpoints are open when it arrives. */
  readonly send: (handle: (api: EngineApi) => void) => void;
  readonly answer: (deliver: () => void) => void;
  readonly invariants: Invariants;
  readonly violated: (what: string) => void;
}

const AGAIN_MS = 700;
/** Until a task that is to be deleted has its verdict. */
const ACTIVE_MS = 2_000;
/** Answers after which the same submission may succeed later. */
const LATER: readonly ErrorCode[] = ['QUEUE_FULL', 'JOURNAL_UNAVAILABLE', 'ENGINE_NOT_RUNNING'];

/** Repeats one submission until it is answered, and records the answer; then gets, awaits, cancels or deletes the task. */
export class SimSubmitter {
  readonly #o: SubmitterOptions;
  readonly #offer: Offer;
  /** The id of the accepted task. */
  acceptedId: string | undefined;
  isAnswered = false;

  constructor(options: SubmitterOptions, offer: Offer) {
    this.#o = options;
    this.#offer = offer;
  }

  submit(): void {
    if (this.isAnswered) return;
    const { clock, send, answer } = this.#o;
    send((api) => api.tasks.submit([this.#offer], ([given]) => answer(() => this.#onReply(given))));
    clock.wakeAt(clock.now() + AGAIN_MS, () => this.submit());
  }

  #onReply(given: SubmitReply | undefined): void {
    if (given === undefined) return this.#o.violated('a submission is answered: with nothing');
    if ('error' in given) return this.#refused(given.error.code);
    this.#o.invariants.acceptedTask(given.id);
    const isOther = this.acceptedId !== undefined && this.acceptedId !== given.id;
    if (isOther) this.#o.violated(`one submission is one task: ${given.id} was ${this.acceptedId}`);
    this.acceptedId = given.id;
    if (!this.isAnswered) this.#follow(given.id);
    this.isAnswered = true;
  }

  #refused(code: ErrorCode): void {
    if (LATER.includes(code)) return;
    this.isAnswered = true;
    if (!this.#mayGet(code)) this.#o.violated(`a submission that is tried again is the same one: ${code}`);
  }

  #mayGet(code: ErrorCode): boolean {
    if ('problem' in this.#offer) return code === 'INVALID_TASK';
    // What it depends on was deleted, or is forgotten, and here no history knows it.
    return (
      code === 'EXPIRED' || (code === 'DEPENDENCY_NOT_FOUND' && this.#offer.task.dependsOn !== undefined)
    );
  }

  #follow(id: string): void {
    const { clock, random, send } = this.#o;
    const looks = random.int(0, 2);
    for (let i = 0; i < looks; i++) {
      clock.wakeAt(clock.now() + random.int(0, 4_000), () =>
        send((api) =>
          api.tasks.wait(id, random.pick([0, 1_000, 5_000]), (shown) => this.#onShown(id, shown)),
        ),
      );
    }
    // Without its key a late copy of a submission is another one.
    const hasId = 'task' in this.#offer && this.#offer.task.id !== undefined;
    if (hasId && random.chance(0.2)) this.#deleteIn(random.int(0, 4_000), id);
    if (!random.chance(0.15)) return;
    clock.wakeAt(clock.now() + random.int(0, 2_000), () =>
      send((api) => api.tasks.cancel({ id, reason: 'not wanted' }, (shown) => this.#onShown(id, shown))),
    );
  }

  #deleteIn(ms: number, id: string): void {
    const { clock, send, answer, invariants } = this.#o;
    const onDeleteReply = (given: Parameters<Parameters<TaskApi['delete']>[1]>[0]): void => {
      if ('deleted' in given) invariants.deleted(id);
      else if (given.error.code === 'TASK_ACTIVE') this.#deleteIn(ACTIVE_MS, id);
      else if (given.error.code === 'TASK_NOT_FOUND') invariants.denied(id);
    };
    const request = { id, namespace: 'default' };
    clock.wakeAt(clock.now() + ms, () =>
      send((api) => api.tasks.delete(request, (given) => answer(() => onDeleteReply(given)))),
    );
  }

  #onShown(id: string, shown: Parameters<Parameters<TaskApi['get']>[1]>[0]): void {
    if ('submittedAt' in shown) this.#o.invariants.shown(id, shown.settledAt !== undefined);
    else if (shown.error?.code === 'TASK_SETTLED') this.#o.invariants.shown(id, true);
    else if (shown.error?.code === 'TASK_NOT_FOUND') this.#o.invariants.denied(id);
  }
}

import type { PredictReply } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';
import type { TaskFacts } from '../facts.ts';
import { specPredictionOf } from '../precedents/warnings.ts';
import type { SpecPrediction } from '../precedents/warnings.ts';
import { querySubjectOf } from './subject.ts';
import type { Subject } from './subject.ts';
import type { QueryContext } from './semantic-history.ts';

/** Open tasks of one spec, and their prediction from runs of that spec alone. */
export interface Forecast {
  readonly tasks: readonly TaskFacts[];
  readonly prediction: SpecPrediction;
}

export interface ForecastsOptions {
  readonly predict: (subject: Subject, question: QueryContext) => Promise<PredictReply>;
  readonly clock: Clock;
  /** Called once per round; must not throw. */
  readonly onForecasts: (forecasts: readonly Forecast[]) => void;
}

/** Between two rounds. Milliseconds. */
const PAUSE_MS = 200;
/** The most tasks of a round. At most one of their specs is predicted again. */
const ROUND_MAX = 200;
/** The most tasks that wait for a prediction; later ones get none. */
const WAITING_MAX = 10_000;
const SPECS_CACHED = 1_000;
/** How long a prediction is cached, and how long the absence of one is. Milliseconds. */
const CACHED_MS = 60_000;
const ABSENT_MS = 2_000;

interface Waiting {
  readonly facts: TaskFacts;
  /** Made once, because it costs about a millisecond. Absent until the first turn of the task. */
  readonly subject?: Subject | undefined;
}

interface CachedPrediction {
  readonly prediction: SpecPrediction;
  readonly until: EpochMs;
}

/**
 * Predicts open tasks, at most five specs a second and each spec once a minute, so that indexing is not delayed. Tasks that have ended
 * before their turn are left out.
 */
export class Forecasts {
  readonly #o: ForecastsOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #cached = new Map<string, CachedPrediction>();
  #epoch: number | undefined;
  #busy = false;
  #closed = false;
  #disarm: () => void = () => undefined;

  constructor(options: ForecastsOptions) {
    this.#o = options;
  }

  /** Adds the open ones of the changed tasks to those that wait, and removes the settled ones. */
  take(changed: readonly TaskFacts[]): void {
    for (const facts of changed) {
      if (facts.outcome !== undefined) this.#waiting.delete(facts.id);
      else if (this.#waiting.size < WAITING_MAX || this.#waiting.has(facts.id))
        this.#waiting.set(facts.id, { facts, subject: this.#subjectOf(facts) });
    }
    this.#startRound();
  }

  /** Of an earlier turn of the same task: only another task of its id has another one. */
  #subjectOf({ id, submittedAt }: TaskFacts): Subject | undefined {
    const known = this.#waiting.get(id);
    return known?.facts.submittedAt === submittedAt ? known.subject : undefined;
  }

  /**
   * To be called with the epoch of the leading engine. An engine of a new epoch has no predictions yet, so all open tasks are predicted
   * again.
   */
  onEpoch(epoch: number, open: () => readonly TaskFacts[]): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.take(open());
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    this.#disarm();
  }

  #startRound(): void {
    if (this.#busy || this.#closed || this.#waiting.size === 0) return;
    this.#busy = true;
    // A failed round reports nothing; the next one has other tasks.
    const round = this.#round().catch(() => undefined);
    void round.finally(() => {
      if (this.#closed) return;
      const { clock } = this.#o;
      this.#disarm = clock.wakeAt(clock.now() + PAUSE_MS, () => {
        this.#busy = false;
        this.#startRound();
      });
    });
  }

  async #round(): Promise<void> {
    const groups = this.#groups();
    const uncached = [...groups].find(([key]) => this.#cachedPrediction(key) === undefined);
    if (uncached) await this.#predict(...uncached);
    const forecasts = [...groups].flatMap(([key, { tasks }]) => this.#forecast(key, tasks));
    if (forecasts.length > 0) this.#o.onForecasts(forecasts);
  }

  /** The first waiting tasks, grouped by spec. They move to the end of the queue. */
  #groups(): ReadonlyMap<string, Group> {
    const groups = new Map<string, Group>();
    for (const { facts, subject: known } of [...this.#waiting.values()].slice(0, ROUND_MAX)) {
      const { namespace, id } = facts;
      // Removed first, so that a task whose facts throw does not stay at the head of the queue.
      this.#waiting.delete(id);
      const subject = known ?? querySubjectOf(facts);
      const key = `${namespace} ${subject.spec}`;
      const group = groups.get(key) ?? { namespace, subject, tasks: [] };
      group.tasks.push(facts);
      groups.set(key, group);
      this.#waiting.set(id, { facts, subject });
    }
    return groups;
  }

  /** When the index does not answer, the tasks are dropped: each comes again with its next change. */
  async #predict(key: string, { namespace, subject, tasks }: Group): Promise<void> {
    const { predict, clock } = this.#o;
    try {
      const prediction = specPredictionOf(await predict(subject, { namespace, now: clock.now() }));
      this.#cached.delete(key);
      this.#cached.set(key, {
        prediction,
        until: clock.now() + (isEmpty(prediction) ? ABSENT_MS : CACHED_MS),
      });
      const [oldest] = this.#cached.keys();
      if (this.#cached.size > SPECS_CACHED && oldest !== undefined) this.#cached.delete(oldest);
    } catch {
      for (const { id } of tasks) this.#waiting.delete(id);
    }
  }

  #cachedPrediction(key: string): SpecPrediction | undefined {
    const cached = this.#cached.get(key);
    return cached && cached.until > this.#o.clock.now() ? cached.prediction : undefined;
  }

  #forecast(key: string, group: readonly TaskFacts[]): Forecast[] {
    const prediction = this.#cachedPrediction(key);
    if (prediction === undefined) return [];
    // The waiting facts may be newer than those of the group; tasks that ended are not there.
    const tasks = group.flatMap(({ id }) => this.#waiting.get(id)?.facts ?? []);
    for (const { id } of tasks) this.#waiting.delete(id);
    return tasks.length > 0 && !isEmpty(prediction) ? [{ tasks, prediction }] : [];
  }
}

const isEmpty = ({ duration, failure }: SpecPrediction): boolean =>
  duration === undefined && failure === undefined;

interface Group {
  readonly namespace: string;
  readonly subject: Subject;
  readonly tasks: TaskFacts[];
}

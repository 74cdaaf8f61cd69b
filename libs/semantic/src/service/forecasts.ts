import type { PredictReply } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';
import type { TaskFacts } from '../facts.ts';
import { ofSpec } from '../precedents/warnings.ts';
import type { Foreseen } from '../precedents/warnings.ts';
import { querySubjectOf } from './subject.ts';
import type { Subject } from './subject.ts';
import type { Question } from './semantic-history.ts';

/** Open tasks of one spec, and what is predicted of each by runs of that spec alone: something is done by it. */
export interface Forecast {
  readonly tasks: readonly TaskFacts[];
  readonly prediction: Foreseen;
}

export interface ForecastsOptions {
  readonly predict: (asked: Subject, question: Question) => Promise<PredictReply>;
  readonly clock: Clock;
  /** Called once a round; must not throw. */
  readonly onForecasts: (forecasts: readonly Forecast[]) => void;
}

/** Between two rounds. Milliseconds. */
const PAUSE_MS = 200;
/** Tasks of a round; of their specs one at most is predicted anew. */
const ROUND_MAX = 200;
/** Tasks that wait for a prediction; of those that come when there are as many, nothing is foretold. */
const WAITING_MAX = 10_000;
const SPECS_CACHED = 1_000;
/** How long a prediction is good for, and how long nobody asks again where too little is known. Milliseconds. */
const GOOD_MS = 60_000;
const SILENT_MS = 2_000;

interface CachedPrediction {
  readonly prediction: Foreseen;
  readonly until: EpochMs;
}

/**
 * Predictions of tasks that are open, beside the indexing and never in its way: a few a second, each spec once in a while. Who has
 * ended by the time that it is its turn is left out.
 */
export class Forecasts {
  readonly #o: ForecastsOptions;
  readonly #waiting = new Map<string, TaskFacts>();
  readonly #cached = new Map<string, CachedPrediction>();
  #epoch: number | undefined;
  #busy = false;
  #closed = false;
  #disarm: () => void = () => undefined;

  constructor(options: ForecastsOptions) {
    this.#o = options;
  }

  /** Changed tasks: the open ones are to be predicted, the others no more. */
  take(changed: readonly TaskFacts[]): void {
    for (const facts of changed) {
      if (facts.outcome !== undefined) this.#waiting.delete(facts.id);
      else if (this.#waiting.size < WAITING_MAX || this.#waiting.has(facts.id))
        this.#waiting.set(facts.id, facts);
    }
    this.#next();
  }

  /**
   * An engine of this epoch runs. A new epoch's engine has no predictions yet, and gets those of all
   * that is open.
   */
  heard(epoch: number, open: () => readonly TaskFacts[]): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.take(open());
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    this.#disarm();
  }

  #next(): void {
    if (this.#busy || this.#closed || this.#waiting.size === 0) return;
    this.#busy = true;
    // A round that fails tells nothing; the next one has other tasks.
    const round = this.#round().catch(() => undefined);
    void round.finally(() => {
      if (this.#closed) return;
      const { clock } = this.#o;
      this.#disarm = clock.wakeAt(clock.now() + PAUSE_MS, () => {
        this.#busy = false;
        this.#next();
      });
    });
  }

  async #round(): Promise<void> {
    const groups = this.#groups();
    const fresh = [...groups].find(([key]) => this.#known(key) === undefined);
    if (fresh) await this.#learn(...fresh);
    const forecasts = [...groups].flatMap(([key, { tasks }]) => this.#forecast(key, tasks));
    if (forecasts.length > 0) this.#o.onForecasts(forecasts);
  }

  /** The first tasks that wait, by spec. Those without a prediction now go behind the others. */
  #groups(): ReadonlyMap<string, Group> {
    const groups = new Map<string, Group>();
    for (const facts of [...this.#waiting.values()].slice(0, ROUND_MAX)) {
      const { namespace, id } = facts;
      // What cannot be asked about must not be first for ever.
      this.#waiting.delete(id);
      const asked = querySubjectOf(facts);
      const key = `${namespace} ${asked.spec}`;
      const group = groups.get(key) ?? { namespace, asked, tasks: [] };
      group.tasks.push(facts);
      groups.set(key, group);
      this.#waiting.set(id, facts);
    }
    return groups;
  }

  /** While the index does not answer, nothing is predicted: a task comes again with its next change. */
  async #learn(key: string, { namespace, asked, tasks }: Group): Promise<void> {
    const { predict, clock } = this.#o;
    try {
      const prediction = ofSpec(await predict(asked, { namespace, now: clock.now() }));
      this.#cached.delete(key);
      this.#cached.set(key, {
        prediction,
        until: clock.now() + (isSilent(prediction) ? SILENT_MS : GOOD_MS),
      });
      const [oldest] = this.#cached.keys();
      if (this.#cached.size > SPECS_CACHED && oldest !== undefined) this.#cached.delete(oldest);
    } catch {
      for (const { id } of tasks) this.#waiting.delete(id);
    }
  }

  #known(key: string): Foreseen | undefined {
    const cached = this.#cached.get(key);
    return cached && cached.until > this.#o.clock.now() ? cached.prediction : undefined;
  }

  #forecast(key: string, group: readonly TaskFacts[]): Forecast[] {
    const prediction = this.#known(key);
    if (prediction === undefined) return [];
    // A task that changed meanwhile is newer than the one that was read; one that ended is gone.
    const tasks = group.flatMap(({ id }) => this.#waiting.get(id) ?? []);
    for (const { id } of tasks) this.#waiting.delete(id);
    return tasks.length > 0 && !isSilent(prediction) ? [{ tasks, prediction }] : [];
  }
}

const isSilent = ({ duration, failure }: Foreseen): boolean =>
  duration === undefined && failure === undefined;

interface Group {
  readonly namespace: string;
  readonly asked: Subject;
  readonly tasks: TaskFacts[];
}

import { seededRandom } from '@precedent/kernel';
import type { SeededRandom } from '@precedent/kernel';
import { failureOdds, foldSuccesses, predictDuration } from '@precedent/semantic';
import type { Precedent, TaskFacts } from '@precedent/semantic';

/** How well durations and failures are predicted on a made-up history whose truth is known. */
export interface ForecastReport {
  readonly predictions: number;
  /** Runs of specs with too little history, without a prediction. */
  readonly silent: number;
  /** Share of the true durations between p10 and p90: .8 is right. */
  readonly coverage: number;
  /** Share below p10, and above p90: .1 each is right. */
  readonly below: number;
  readonly above: number;
  /** Mean pinball loss over p10, p50, p90 of the logarithm, and that of the true quantiles, which is the best possible. */
  readonly pinball: number;
  readonly pinball_best: number;
  /** Share of the true failure rates within the interval given: .95 is right. */
  readonly odds_coverage: number;
}

const DAY = 86_400_000;
const QUANTILES = [0.1, 0.5, 0.9];
/** Of the standard normal, at the quantiles. */
const NORMAL = [-1.2816, 0, 1.2816];

/** A task that is run every day: its median, its spread, how it drifts, and how often it fails. */
interface Kind {
  readonly spec: string;
  readonly type: string;
  readonly mu: number;
  readonly sigma: number;
  readonly driftPerDay: number;
  readonly failureRate: number;
}

const TYPES = ['data.import', 'backup.database', 'report.generate', 'deploy.kubernetes', 'model.train'];
const KINDS = 60;
const DAYS = 45;
const RUNS_A_DAY = 3;

const normal = (random: SeededRandom): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

const kindsOf = (random: SeededRandom): readonly Kind[] =>
  Array.from({ length: KINDS }, (_, at) => ({
    spec: `spec-${at}`,
    type: TYPES[at % TYPES.length] ?? 'command',
    mu: Math.log(2_000) + random.next() * Math.log(900),
    sigma: 0.05 + random.next() * 0.6,
    driftPerDay: random.chance(0.3) ? (random.next() - 0.5) * 0.02 : 0,
    failureRate: random.chance(0.5) ? random.next() * 0.1 : random.next() * 0.6,
  }));

interface Run extends Precedent {
  readonly kind: Kind;
}

const runOf = (kind: Kind, n: number, random: SeededRandom): Run => {
  const at = (n / RUNS_A_DAY) * DAY;
  const isFailure = random.chance(kind.failureRate);
  const log = kind.mu + kind.driftPerDay * (at / DAY) + kind.sigma * normal(random);
  return {
    kind,
    id: `${kind.spec}-${n}`,
    task: `${kind.spec}-${n}`,
    at,
    project: 'made-up',
    type: kind.type,
    spec: kind.spec,
    outcome: isFailure ? 'failed' : 'completed',
    attempt: 1,
    durationMs: Math.round(Math.exp(log)),
    similarity: 1,
  };
};

const pinball = (truth: number, predicted: readonly number[]): number =>
  QUANTILES.reduce((sum, q, at) => {
    const miss = truth - (predicted[at] ?? 0);
    return sum + (miss >= 0 ? q * miss : (q - 1) * miss);
  }, 0) / QUANTILES.length;

/** How many successes of a spec are known one by one. */
type Limits = Parameters<typeof foldSuccesses>[2];

/** Far fewer than the product has, and further apart than the runs are, so that most of the successes are counted only. */
export const FEW: Limits = { max: 20, gapMs: DAY / 2 };

/** Every tenth run is predicted from those before it, which is what the product does; successes are folded as the index folds them. */
export const forecastReport = (seed = 1, limits?: Limits): ForecastReport => {
  const random = seededRandom(seed);
  const runs = kindsOf(random).flatMap((kind) =>
    Array.from({ length: DAYS * RUNS_A_DAY }, (_, n) => runOf(kind, n, random)),
  );
  const bySpec = Map.groupBy(runs, ({ spec }) => spec);
  const sampled = runs.filter((_, at) => at % 10 === 7);
  const answers = sampled.map((run) => predicted(run, bySpec.get(run.spec) ?? [], limits));
  return summed(answers);
};

interface Answer {
  readonly truth: number;
  readonly best: readonly number[];
  readonly predicted?: readonly number[];
  readonly isWithinOdds?: boolean;
}

/** As a search finds the runs of one spec. */
const indexed = (runs: readonly Run[], limits: Limits): readonly Precedent[] => {
  const { indexed: left, standing } = foldSuccesses(runs.map(factsOf), () => [], limits);
  const ids = new Set(left.map(({ id }) => id));
  return runs.filter(({ task }) => ids.has(task)).map((run) => ({ ...run, ...standing.get(run.task) }));
};

const factsOf = ({ task, type, spec, at, outcome }: Run): TaskFacts => ({
  id: task,
  namespace: 'default',
  project: 'made-up',
  type,
  name: spec,
  band: 'normal',
  attempts: [{ n: 1, worker: 'w', startedAt: at }],
  submittedAt: at,
  settledAt: at,
  outcome: outcome === 'completed' ? 'completed' : 'failed',
});

const predicted = (run: Run, all: readonly Run[], limits: Limits): Answer => {
  const before = indexed(
    all.filter(({ at }) => at < run.at),
    limits,
  );
  const { kind, at } = run;
  const center = kind.mu + kind.driftPerDay * (at / DAY);
  const prospect = { type: run.type, spec: run.spec, now: at };
  const duration = predictDuration(before, prospect);
  const odds = failureOdds(before, prospect);
  return {
    truth: Math.log(run.durationMs ?? 1),
    best: NORMAL.map((z) => center + z * kind.sigma),
    ...(duration && { predicted: [duration.p10, duration.p50, duration.p90].map(Math.log) }),
    ...(odds && { isWithinOdds: odds.low <= kind.failureRate && kind.failureRate <= odds.high }),
  };
};

const round = (value: number): number => Math.round(value * 10_000) / 10_000;
const mean = (values: readonly number[]): number =>
  round(values.reduce((a, b) => a + b, 0) / Math.max(1, values.length));

const summed = (answers: readonly Answer[]): ForecastReport => {
  const said = answers.flatMap(({ predicted: given, truth, best }) =>
    given ? [{ given, truth, best }] : [],
  );
  const odds = answers.flatMap(({ isWithinOdds }) =>
    isWithinOdds === undefined ? [] : [Number(isWithinOdds)],
  );
  const below = mean(said.map(({ given, truth }) => Number(truth < (given[0] ?? 0))));
  const above = mean(said.map(({ given, truth }) => Number(truth > (given[2] ?? 0))));
  return {
    predictions: said.length,
    silent: answers.length - said.length,
    coverage: round(1 - below - above),
    below,
    above,
    pinball: mean(said.map(({ given, truth }) => pinball(truth, given))),
    pinball_best: mean(said.map(({ best, truth }) => pinball(truth, best))),
    odds_coverage: mean(odds),
  };
};

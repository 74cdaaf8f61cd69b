import type { SimilarityReport } from './similarity.ts';
import type { ForecastReport } from './forecast.ts';
import type { Outcome, Scores, SearchReport } from './scores.ts';

export interface EvalReport extends SearchReport {
  readonly documents: number;
  readonly model: string;
  readonly prediction?: ForecastReport;
  /** From fewer successes, which stand for the others. */
  readonly counted?: ForecastReport;
  readonly similarity?: SimilarityReport;
}

const row = (name: string, { queries, recall_at_1, recall_at_5, mrr }: Scores): string =>
  `| ${name} | ${queries} | ${recall_at_1.toFixed(3)} | ${recall_at_5.toFixed(3)} | ${mrr.toFixed(3)} |`;

/** The figures as Markdown, ready for `docs/semantic.md`. */
export const tablesOf = (report: EvalReport): string => {
  const { documents, model, halves, by_kind: kinds, prediction, counted, similarity } = report;
  return [
    `${documents} documents, ${model}`,
    '',
    '| queries | n | recall@1 | recall@5 | MRR |',
    '|---|---|---|---|---|',
    row('all', report),
    ...Object.entries(kinds).map(([kind, scores]) => row(kind, scores)),
    row('half: chosen on', halves.chosen_on),
    row('half: held out', halves.held_out),
    row('written afterwards', halves.later),
    '',
    `without an answer: ${share(report.negative_low)} have low confidence; with one: ${share(report.answered_not_low)} have not`,
    ...(prediction ? forecastLines(prediction) : []),
    ...(counted ? ['from 20 successes of each spec, half a day apart:', ...forecastLines(counted)] : []),
    ...(similarity ? similarityLines(similarity) : []),
  ].join('\n');
};

const share = (value: number): string => `${(value * 100).toFixed(1)} %`;

const forecastLines = (forecast: ForecastReport): readonly string[] => [
  `durations: ${forecast.predictions} predicted, ${forecast.silent} silent, ${share(forecast.coverage)} between p10 and p90 ` +
    `(${share(forecast.below)} below, ${share(forecast.above)} above), pinball loss ${forecast.pinball} (best possible ${forecast.pinball_best})`,
  `failure odds: ${share(forecast.odds_coverage)} of the true rates within the 95 % interval`,
];

const similarityLines = (similarity: SimilarityReport): readonly string[] => [
  `duplicates: ${similarity.tasks_taken_for_one} of ${similarity.task_pairs} pairs of different tasks taken for one (the nearest at ` +
    `${similarity.nearest_tasks}); found with ${Object.entries(similarity.variants)
      .map(([name, found]) => `${name} ${share(found)}`)
      .join(', ')}`,
  `clusters: ${similarity.failures_taken_for_one} of ${similarity.failure_pairs} pairs of different failures taken for one`,
];

/** The queries that were not answered by the first hit. */
export const missesOf = (outcomes: readonly Outcome[]): string =>
  outcomes
    .filter(({ kind, rank }) => kind !== 'negative' && rank !== 1)
    .map(({ rank, kind, text, first }) => `${rank ?? '-'} ${kind} "${text}" → ${first.slice(0, 100)}`)
    .join('\n');

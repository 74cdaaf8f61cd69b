import { cutText } from '@precedent/kernel';
import type { OutputPair } from './labelled-outputs.ts';
import { causeScoresOf, isRerun, isReworded, retrievalScoresOf } from './live-scores.ts';
import type { CauseScores, RankedAnswer, ReportedFailure, RetrievalScores } from './live-scores.ts';
import type { Scores } from './scores.ts';

/** The figures of a running product, and those of the baselines over the same raw outputs. */
export interface LiveReport extends RetrievalScores, CauseScores {
  readonly failures: number;
  readonly causes: number;
  readonly rerun_pairs: number;
  readonly reworded_pairs: number;
  readonly near_miss_pairs: number;
  readonly baselines: { readonly bm25: RetrievalScores; readonly cosine: RetrievalScores };
}

/** What a product answered and reported, and what the baselines answered. */
export interface ReportedSet {
  readonly answers: readonly RankedAnswer[];
  readonly failures: readonly ReportedFailure[];
  readonly pairs: readonly OutputPair[];
  readonly bm25: readonly RankedAnswer[];
  readonly cosine: readonly RankedAnswer[];
}

export const liveReportOf = ({ answers, failures, pairs, bm25, cosine }: ReportedSet): LiveReport => ({
  failures: failures.length,
  causes: new Set(failures.map(({ group }) => group)).size,
  rerun_pairs: pairs.filter(isRerun).length,
  reworded_pairs: pairs.filter(isReworded).length,
  near_miss_pairs: pairs.filter(({ label }) => label === 'near_miss').length,
  ...retrievalScoresOf(answers),
  ...causeScoresOf(failures, pairs),
  baselines: { bm25: retrievalScoresOf(bm25), cosine: retrievalScoresOf(cosine) },
});

/** What is to be reached: at least, or at most. */
const LIMITS = {
  recall_at_1: ['≥', 0.7],
  recall_at_5: ['≥', 0.9],
  mrr: ['≥', 0.79],
  exact_recall_at_1: ['≥', 0.96],
  fix_recall_at_1: ['≥', 0.7],
  abstain_unanswerable: ['≥', 0.8],
  abstain_answerable: ['≤', 0.1],
  fingerprint_precision: ['≥', 0.9],
  fingerprint_recall: ['≥', 0.65],
  similar_recall: ['≥', 0.5],
  near_miss_rate: ['≤', 0.05],
} as const;
type Metric = keyof typeof LIMITS;
const METRICS = Object.keys(LIMITS) as Metric[];
/** In these the product must be better than both baselines. */
const COMPARED = ['recall_at_1', 'recall_at_5', 'mrr'] as const;

/** `recall_at_1 ≥ 0.70`. */
const limitText = (metric: Metric): string => `${LIMITS[metric][0]} ${LIMITS[metric][1].toFixed(2)}`;

/** The limits that a report does not keep, as text for people. */
export const missedLimits = (report: LiveReport): readonly string[] => [
  ...METRICS.filter((metric) => {
    const [order, limit] = LIMITS[metric];
    return order === '≥' ? report[metric] < limit : report[metric] > limit;
  }).map((metric) => `${metric} ${report[metric]}, expected ${limitText(metric)}`),
  ...Object.entries(report.baselines).flatMap(([name, baseline]) =>
    COMPARED.filter((metric) => report[metric] <= baseline[metric]).map(
      (metric) => `${metric} ${report[metric]}, expected more than ${baseline[metric]} of ${name}`,
    ),
  ),
];

const FIRST_CHARS = 100;

/** The figures as Markdown, ready for `docs/semantic.md`. */
export const liveTablesOf = (report: LiveReport): string => {
  const { failures, causes, queries, baselines } = report;
  return [
    `${failures} failures of ${causes} causes, ${queries} queries with an answer, ` +
      `${report.rerun_pairs} rerun, ${report.reworded_pairs} reworded and ${report.near_miss_pairs} near-miss pairs`,
    '',
    '| metric | product | BM25 | cosine | to reach |',
    '|---|---|---|---|---|',
    ...METRICS.map((metric) => metricRow(metric, report)),
    '',
    '| recall@1 / recall@5 / MRR | n | product | BM25 | cosine |',
    '|---|---|---|---|---|',
    scoresRow('all', [report, baselines.bm25, baselines.cosine]),
    ...Object.entries(report.by_kind).map(([kind, scores]) =>
      scoresRow(kind, [scores, baselines.bm25.by_kind[kind], baselines.cosine.by_kind[kind]]),
    ),
  ].join('\n');
};

/** The later half next to the figures of the first one, or of the only set. */
export const liveJsonOf = (reports: readonly (readonly [string, LiveReport])[]): object =>
  Object.fromEntries(
    reports.flatMap(([name, report]) => (name === 'later' ? [[name, report]] : Object.entries(report))),
  );

const figure = (value: number | undefined): string => value?.toFixed(3) ?? '';

const metricRow = (metric: Metric, report: LiveReport): string => {
  const { bm25, cosine } = report.baselines;
  const baselines: readonly Partial<Record<Metric, number>>[] = [bm25, cosine];
  const figures = [figure(report[metric]), ...baselines.map((one) => figure(one[metric]))];
  return `| ${[metric, ...figures, limitText(metric)].join(' | ')} |`;
};

const scoresRow = (kind: string, all: readonly (Scores | undefined)[]): string =>
  `| ${[kind, all[0]?.queries, ...all.map(scoresText)].join(' | ')} |`;

const scoresText = (scores: Scores | undefined): string =>
  scores === undefined ? '' : [scores.recall_at_1, scores.recall_at_5, scores.mrr].map(figure).join(' / ');

/** The queries whose answer was not the first hit, and those without an answer that got hits. */
export const liveMissesOf = (answers: readonly RankedAnswer[]): string =>
  answers
    .filter(({ kind, rank, hits }) => (kind === 'negative' ? hits > 0 : rank !== 1))
    .map(({ rank, kind, text, first }) => `${rank ?? '-'} ${kind} "${text}" → ${cutText(first, FIRST_CHARS)}`)
    .join('\n');

import { median } from '../../bench/stats.ts';
import { figureIn } from './rows.ts';
import type { Row } from './rows.ts';

export const SELF = 'precedent';

/** The results of all runs of one product, by workload. A run that failed has none. */
export type Results = ReadonlyMap<string, readonly unknown[]>;

/** The median of a row's figure for one product; `undefined` where no run has it. */
const valueOf = (row: Row, results: Results | undefined): number | undefined => {
  const values = (results?.get(row.workload) ?? [])
    .map((result) => figureIn(result, row.figure))
    .filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
};

const VERDICTS = ['leads', 'trails', 'trails, as said in the page', 'alone', 'no figure'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Placed {
  readonly row: Row;
  /** The median of each product, in the order of the products. */
  readonly values: readonly (number | undefined)[];
  readonly verdict: Verdict;
}

/** Sets the products side by side, a row each; Precedent leads a row when no other figure is better. */
export const placed = (
  rows: readonly Row[],
  products: readonly string[],
  results: ReadonlyMap<string, Results>,
): Placed[] =>
  rows.map((row) => {
    const values = products.map((product) => valueOf(row, results.get(product)));
    const others = values.filter(
      (value, at): value is number => value !== undefined && products[at] !== SELF,
    );
    return { row, values, verdict: verdictOf(row, valueOf(row, results.get(SELF)), others) };
  });

const verdictOf = (row: Row, own: number | undefined, others: readonly number[]): Verdict => {
  if (own === undefined) return 'no figure';
  if (others.length === 0) return 'alone';
  const leads = row.better === 'more' ? own >= Math.max(...others) : own <= Math.min(...others);
  if (leads) return 'leads';
  return row.mayTrail ? 'trails, as said in the page' : 'trails';
};

/** The table in Markdown, so that it can stand in docs/benchmarks.md as it is. */
export const markdownOf = (all: readonly Placed[], products: readonly string[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['', ...products, ''];
  return [
    line(head),
    line(head.map(() => '---')),
    ...all.map(({ row, values, verdict }) =>
      line([`${row.title}, ${row.unit}`, ...values.map((value) => cellOf(row, value)), verdict]),
    ),
  ].join('\n');
};

const cellOf = ({ digits }: Row, value: number | undefined): string =>
  value === undefined
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

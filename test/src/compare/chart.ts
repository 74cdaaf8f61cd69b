import { logAxis, powersAround } from './axis.ts';
import type { LogAxis } from './axis.ts';
import { msText, priceText, spreadOf, turnaroundsOf, waitsOf } from './summary.ts';
import type { Comparison } from './summary.ts';

const WIDTH = 700;
const MARGIN = 20;
/** Where the plot begins: the names of the rows are before it. */
const PLOT_LEFT = 190;
const PLOT_RIGHT = WIDTH - 24;
const PLOT_TOP = 66;
const GROUP_HEIGHT = 162;
const ROW_HEIGHT = 64;
const FIRST_ROW = 58;
/** Dots of a row are spread this far to both sides, so that equal values do not cover each other. */
const SPREAD = 14;
/** A fraction whose multiples never come close to each other: dots spread evenly, and always the same way. */
const GOLDEN = 0.618_033_988_75;

interface Row {
  readonly kind: 'without' | 'with';
  readonly ms: readonly number[];
}

interface Group {
  readonly title: string;
  readonly rows: readonly Row[];
}

const LEGEND = 'A dot is a task. Bar: the median; line: to the 95th and the 99th percentile. Log scale.';

const STYLE = `
    .ground { fill: #ffffff; }
    text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 13px; fill: #1f2328; }
    .title { font-size: 16px; font-weight: 600; }
    .group { font-weight: 600; }
    .soft { fill: #59636e; font-size: 12px; }
    .grid { stroke: #d1d9e0; stroke-width: 1; }
    circle { fill-opacity: 0.28; }
    .row line { stroke-linecap: round; }
    .name { font-weight: 600; }
    .without circle, .without .name { fill: #bc4c00; }
    .with circle, .with .name { fill: #0969da; }
    .without line { stroke: #bc4c00; }
    .with line { stroke: #0969da; }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117; }
      text { fill: #f0f6fc; }
      .soft { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      circle { fill-opacity: 0.36; }
      .without circle, .without .name { fill: #f0883e; }
      .with circle, .with .name { fill: #58a6ff; }
      .without line { stroke: #f0883e; }
      .with line { stroke: #58a6ff; }
    }`;

/** Draws both runs as a self-contained SVG. The same comparison gives the same text. */
export const chartOf = (comparison: Comparison, about: string): string => {
  const groups = groupsOf(comparison);
  const values = groups.flatMap(({ rows }) => rows.flatMap(({ ms }) => ms));
  const axis = logAxis(powersAround(values), [PLOT_LEFT, PLOT_RIGHT]);
  const bottom = PLOT_TOP + groups.length * GROUP_HEIGHT;
  const height = bottom + 82;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title about">`,
    `  <title id="title">The same load without and with preemption</title>`,
    `  <desc id="about">${descriptionOf(groups)}</desc>`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>`,
    text(MARGIN, 30, 'The same load without and with preemption', 'title'),
    text(MARGIN, 50, about, 'soft'),
    ...axisOf(axis, bottom),
    ...groups.flatMap((group, at) => groupOf(group, PLOT_TOP + at * GROUP_HEIGHT, axis)),
    text(MARGIN, height - 36, LEGEND, 'soft'),
    text(MARGIN, height - 16, `With preemption: ${priceText(comparison.with)}.`, 'soft'),
    '</svg>',
    '',
  ].join('\n');
};

const groupsOf = ({ without, with: preempting }: Comparison): Group[] => [
  {
    title: 'Critical tasks: from submission to start',
    rows: [
      { kind: 'without', ms: waitsOf(without.urgent) },
      { kind: 'with', ms: waitsOf(preempting.urgent) },
    ],
  },
  {
    title: 'Low tasks: from submission to end',
    rows: [
      { kind: 'without', ms: turnaroundsOf(without.low) },
      { kind: 'with', ms: turnaroundsOf(preempting.low) },
    ],
  },
];

const descriptionOf = (groups: readonly Group[]): string =>
  groups
    .map(({ title, rows }) => `${title}. ${rows.map((row) => `${row.kind}: ${figures(row)}`).join('; ')}.`)
    .join(' ');

const figures = ({ ms }: Row): string => {
  const { p50, p99 } = spreadOf(ms);
  return `p50 ${msText(p50)}, p99 ${msText(p99)}`;
};

const axisOf = (axis: LogAxis, y: number): string[] =>
  axis.ticks.map(
    (tick) =>
      `  <text class="soft" x="${place(axis.at(tick))}" y="${y + 14}" text-anchor="middle">${tickText(tick)}</text>`,
  );

/** Only behind the rows: a line through a title would make it hard to read. */
const gridOf = (axis: LogAxis, top: number): string[] =>
  axis.ticks.map((tick) => {
    const x = place(axis.at(tick));
    return `  <line class="grid" x1="${x}" y1="${top + 32}" x2="${x}" y2="${top + GROUP_HEIGHT - 4}"/>`;
  });

const tickText = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`);

const groupOf = ({ title, rows }: Group, top: number, axis: LogAxis): string[] => [
  text(MARGIN, top + 22, title, 'group'),
  ...gridOf(axis, top),
  ...rows.flatMap((row, at) => rowOf(row, top + FIRST_ROW + at * ROW_HEIGHT, axis)),
];

/** Its name and figures, a dot for each task, a stroke from the median to the 99th percentile. */
const rowOf = (row: Row, y: number, axis: LogAxis): string[] => {
  const { p50, p95, p99 } = spreadOf(row.ms);
  const stroke = (from: number, to: number, half: number, width: number): string =>
    `    <line x1="${place(axis.at(from))}" y1="${y - half}" x2="${place(axis.at(to))}" y2="${y + half}" stroke-width="${width}"/>`;
  return [
    `  <g class="row ${row.kind}">`,
    `  ${text(MARGIN, y - 3, `${row.kind} preemption`, 'name')}`,
    `  ${text(MARGIN, y + 14, figures(row), 'soft')}`,
    ...row.ms.map((ms, at) => dot(axis.at(ms), y, at)),
    stroke(p50, p99, 0, 2),
    stroke(p50, p50, SPREAD + 4, 4),
    stroke(p95, p95, 5, 2),
    stroke(p99, p99, 9, 2),
    '  </g>',
  ];
};

const dot = (x: number, y: number, at: number): string =>
  `    <circle cx="${place(x)}" cy="${place(y + SPREAD * (2 * ((at * GOLDEN) % 1) - 1))}" r="2.5"/>`;

const text = (x: number, y: number, words: string, kind: string): string =>
  `  <text class="${kind}" x="${x}" y="${y}">${words}</text>`;

/** Tenths of a pixel: more would only make the file longer. */
const place = (value: number): string => String(Math.round(value * 10) / 10);

import { formatDuration } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { PolicyReport, SimulationReport } from './report.ts';
import type { Quantiles } from './statistics.ts';

const WIDTH = 760;
const LEFT = 150;
const RIGHT = 90;
const ROW = 18;
const PANEL_GAP = 26;
const TOP = 64;
/** The axis begins here: what waits less has not waited. Milliseconds. */
const LEAST_MS = 1;

/**
 * The waits as a picture: a panel for each band, a bar for each policy that reaches to the p50, p95 and p99 of the wait, on
 * one logarithmic axis. Text of an SVG file, in light or dark as its reader prefers.
 */
export const plotOf = (report: SimulationReport): string => {
  const rows = rowsOf(report);
  const scale = scaleOf(rows);
  const bottom = (rows.at(-1)?.y ?? TOP) + ROW + 10;
  const height = bottom + 34;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(`Waits in ${report.scenario}`)}</title>`,
    STYLE,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    `<text class="title" x="16" y="24">${escaped(report.scenario)}: wait until the first start</text>`,
    legend(),
    ...ticksOf(scale).map((ms) => tick(scale, ms, bottom)),
    ...rows.flatMap((row) => rowText(row, scale)),
    '</svg>\n',
  ].join('\n');
};

interface Row {
  readonly y: number;
  readonly band: Band;
  readonly policy: string;
  /** The first of its band carries the band's name. */
  readonly isFirst: boolean;
  readonly wait: Quantiles | null;
}

const rowsOf = ({ policies }: SimulationReport): Row[] => {
  const bands = policies[0]?.bands.map(({ band }) => band) ?? [];
  return bands.flatMap((band, panel) =>
    policies.map((policy, index) => ({
      y: TOP + PANEL_GAP + panel * (policies.length * ROW + PANEL_GAP) + index * ROW,
      band,
      policy: policy.policy,
      isFirst: index === 0,
      wait: waitOf(policy, band),
    })),
  );
};

const waitOf = ({ bands }: PolicyReport, band: Band): Quantiles | null =>
  bands.find((one) => one.band === band)?.waitMs ?? null;

/** From milliseconds to pixels. */
type Scale = { readonly maxMs: number; readonly x: (ms: number) => number };

const scaleOf = (rows: readonly Row[]): Scale => {
  const longest = Math.max(10 * LEAST_MS, ...rows.map(({ wait }) => wait?.p99 ?? 0));
  const decades = Math.log10(longest / LEAST_MS);
  const width = WIDTH - LEFT - RIGHT;
  const x = (ms: number): number => LEFT + (width * Math.log10(Math.max(ms, LEAST_MS) / LEAST_MS)) / decades;
  return { maxMs: longest, x };
};

const TICKS = [1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 360_000_000];

const ticksOf = ({ maxMs }: Scale): number[] => TICKS.filter((ms) => ms <= maxMs);

const tick = ({ x }: Scale, ms: number, bottom: number): string =>
  `<path class="line" d="M${round(x(ms))} ${TOP}V${bottom}"/>` +
  `<text class="tick" x="${round(x(ms))}" y="${bottom + 16}">${formatDuration(ms)}</text>`;

const rowText = ({ y, band, policy, isFirst, wait }: Row, { x }: Scale): string[] => [
  ...(isFirst ? [`<text class="band" x="16" y="${y - 4}">${band}</text>`] : []),
  `<text class="name" x="${LEFT - 8}" y="${y + 12}">${escaped(policy)}</text>`,
  ...(wait === null
    ? []
    : [bar('p99', y, x(wait.p99)), bar('p95', y, x(wait.p95)), bar('p50', y, x(wait.p50))]),
  `<text class="value" x="${round(x(wait?.p99 ?? 0)) + 6}" y="${y + 12}">${valueOf(wait)}</text>`,
];

const bar = (of: keyof Quantiles, y: number, to: number): string =>
  `<rect class="${of}" x="${LEFT}" y="${y + 2}" width="${round(Math.max(1, to - LEFT))}" height="${ROW - 5}"/>`;

const valueOf = (wait: Quantiles | null): string =>
  wait === null ? 'none started' : wait.p99 < LEAST_MS ? 'none' : formatDuration(wait.p99);

const legend = (): string =>
  (['p50', 'p95', 'p99'] as const)
    .map(
      (of, index) =>
        `<rect class="${of}" x="${LEFT + index * 64}" y="38" width="12" height="12"/>` +
        `<text class="legend" x="${LEFT + index * 64 + 17}" y="48">${of}</text>`,
    )
    .join('');

const round = (value: number): number => Math.round(value * 10) / 10;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);

const STYLE = `<style>
text { font: 12px system-ui, sans-serif; fill: #333; }
.ground { fill: #fff; } .line { stroke: #ddd; } .title { font-size: 15px; font-weight: 600; }
.band { font-weight: 600; } .name { text-anchor: end; } .tick { text-anchor: middle; fill: #777; } .value { fill: #777; }
.p50 { fill: #0f5ea8; } .p95 { fill: #6aa7dc; } .p99 { fill: #c7ddf0; }
@media (prefers-color-scheme: dark) {
text { fill: #ddd; } .ground { fill: #16181c; } .line { stroke: #34373d; } .tick, .value { fill: #999; }
.p50 { fill: #8cc5f7; } .p95 { fill: #3b7cb5; } .p99 { fill: #234a6d; }
}
</style>`;

import { countText, formatDuration } from '@precedent/kernel';
import type { BandReport, PolicyReport, SimulationReport } from '@precedent/simulator';
import { tableText } from '../terminal/table.ts';
import type { Column, Page } from '../terminal/table.ts';

/** Where there is no room for all, how long tasks ran and what did not go as usual is left out first. */
const COLUMNS: readonly (Column | string)[] = [
  'policy',
  'band',
  { heading: 'tasks', drop: 5 },
  'wait p50',
  { heading: 'p95', drop: 9 },
  'p99',
  { heading: 'run p50', drop: 3 },
  { heading: 'slowdown', drop: 6 },
  { heading: 'done', drop: 4 },
  { heading: 'open', drop: 2 },
  'goodput',
  { heading: 'lost', drop: 7 },
  { heading: 'preempted', drop: 8 },
  { heading: 'repeated', drop: 1 },
];

/** The report for people: a table with the bands of every policy, and a line about each policy. */
export const simulationText = (
  { scenario, seed, durationMs, policies }: SimulationReport,
  page: Page,
): string =>
  [
    `${scenario}, ${formatDuration(durationMs)} of arrivals, seed ${seed}\n`,
    tableText(COLUMNS, policies.flatMap(rowsOf), page),
    policies.map(summary).join(''),
  ].join('\n');

const rowsOf = ({ policy, bands }: PolicyReport): string[][] =>
  bands.map((band, index) => [index === 0 ? policy : '', ...cells(band)]);

const cells = (band: BandReport): string[] => [
  band.band,
  String(band.tasks),
  ...(['p50', 'p95', 'p99'] as const).map((of) => timeOf(band.waitMs?.[of])),
  timeOf(band.runMs?.p50),
  band.slowdown === null ? '-' : `${band.slowdown.p50}x`,
  String(band.completed),
  String(band.open),
  `${band.goodputPercent}%`,
  `${band.lostPercent}%`,
  String(band.preemptions),
  String(band.repeats),
];

const timeOf = (ms: number | undefined): string =>
  ms === undefined ? '-' : ms === 0 ? '0' : formatDuration(ms);

const summary = (policy: PolicyReport): string => {
  const { tasks, settled, slots, usedPercent, goodputPercent, lostPercent } = policy;
  const parts = [
    `${policy.policy}: ${settled} of ${countText(tasks, 'task')} settled after ${formatDuration(policy.endedAtMs)}`,
    `${slots} ${slots === 1 ? 'slot' : 'slots'} ${usedPercent}% used`,
    `goodput ${goodputPercent}%, lost ${lostPercent}%`,
    ...counted(policy.preemptions, 'preemption'),
    ...counted(failedOf(policy), 'task without success', 'tasks without success'),
    ...counted(policy.crashes, 'crash', 'crashes'),
    ...counted(policy.breakerOpened, 'stop by the breaker', 'stops by the breaker'),
  ];
  return `${parts.join('; ')}\n`;
};

const failedOf = ({ bands }: PolicyReport): number =>
  bands.reduce(
    (sum, { failed, timedOut, cancelled, refused }) => sum + failed + timedOut + cancelled + refused,
    0,
  );

const counted = (count: number, one: string, many = `${one}s`): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

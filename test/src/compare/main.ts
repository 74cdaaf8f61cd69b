/**
 * `npm run compare`: the same load on the real thing, without preemption and with it, and critical tasks behind handlers that ignore their signal.
 * Prints tables and draws a chart for the docs.
 * `npm run compare -- peers --harness <folder>`: Precedent next to other products, on the same workloads in the same minutes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@precedent/kernel';
import type { LoadOptions } from '../bench/arrivals.ts';
import { playLoad } from '../bench/mixed-load.ts';
import { openStage, runMain } from '../bench/stage.ts';
import { UNIT_MS } from '../bench/steps-tasks.ts';
import { chartOf } from './chart.ts';
import { comparePeers } from './peers/peers.ts';
import { tableOf } from './summary.ts';
import type { Comparison } from './summary.ts';
import { compareUncooperative } from './uncooperative.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CHART = 'docs/pictures/preemption-before-after.svg';
const LOW_MS = 3_000;
const URGENT_MS = 50;

/** The slots are always full: the arriving work takes as long as the slots offer. */
const OPTIONS: LoadOptions = {
  seed: 11,
  ms: 20_000,
  slots: 10,
  backlog: 20,
  lowPerSecond: 3.2,
  lowUnits: LOW_MS / UNIT_MS,
  urgentPerSecond: 5,
  urgentUnits: URGENT_MS / UNIT_MS,
};

const aboutOf = ({ without }: Comparison): string =>
  `${OPTIONS.slots} slots full of ${LOW_MS / 1_000} s tasks, and ${without.urgent.length} critical tasks of ${URGENT_MS} ms within ${OPTIONS.ms / 1_000} s.`;

const comparePreemption = async (): Promise<void> => {
  const { stage } = await openStage();
  stage.say('without preemption');
  const without = await playLoad(stage, OPTIONS, 'without preemption');
  stage.say('the same with preemption');
  const comparison: Comparison = { without, with: await playLoad(stage, OPTIONS, 'with preemption') };
  const about = aboutOf(comparison);
  const file = path.join(ROOT, CHART);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, chartOf(comparison, about));
  const uncooperative = await compareUncooperative(stage);
  process.stdout.write(`${about}\n\n${tableOf(comparison)}\n\n${CHART} shows it.\n\n${uncooperative}\n`);
};

const main = async (): Promise<void> => {
  const [what, ...args] = process.argv.slice(2);
  if (what === undefined) return comparePreemption();
  if (what === 'peers') return comparePeers(args);
  throw new AppError('INVALID_REQUEST', `compare takes nothing, or "peers"; got "${what}"`);
};

runMain(main);

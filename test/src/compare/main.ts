/** `npm run compare`: the same load on the real thing, without preemption and with it; a table, and a picture for the docs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadTerms } from '../bench/arrivals.ts';
import { playLoad } from '../bench/mixed-load.ts';
import { openStage, runMain } from '../bench/stage.ts';
import { UNIT_MS } from '../bench/steps-tasks.ts';
import { pictureOf } from './picture.ts';
import { tableOf } from './summary.ts';
import type { Comparison } from './summary.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PICTURE = 'docs/pictures/preemption-before-after.svg';
const LOW_MS = 3_000;
const URGENT_MS = 50;

/** The slots are full all the time: what comes in takes as long as what they give. */
const TERMS: LoadTerms = {
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
  `${TERMS.slots} slots full of ${LOW_MS / 1_000} s tasks, and ${without.urgent.length} critical tasks of ${URGENT_MS} ms within ${TERMS.ms / 1_000} s.`;

const main = async (): Promise<void> => {
  const { stage } = await openStage();
  stage.say('without preemption');
  const without = await playLoad(stage, TERMS, 'without preemption');
  stage.say('the same with preemption');
  const comparison: Comparison = { without, with: await playLoad(stage, TERMS, 'with preemption') };
  const file = path.join(ROOT, PICTURE);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, pictureOf(comparison, aboutOf(comparison)));
  process.stdout.write(`${tableOf(comparison)}\n\n${PICTURE} shows it.\n`);
};

runMain(main);

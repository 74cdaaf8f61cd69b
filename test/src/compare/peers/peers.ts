import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AppError } from '@precedent/kernel';
import { openStage } from '../../bench/stage.ts';
import type { Stage } from '../../bench/world.ts';
import { checkHarness, playWorkload } from './harness.ts';
import type { Harness } from './harness.ts';
import { isOwnWorkload, playOwnWorkload } from './own-workloads.ts';
import { ROWS, workloadsOf } from './rows.ts';
import type { Row } from './rows.ts';
import { SELF, markdownOf, placed } from './table.ts';
import type { Results } from './table.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PRODUCTS = [SELF, 'graphile', 'pgboss', 'bullmq-always', 'rabbitmq'];
const RUNS_MAX = 20;

interface PeersOptions {
  readonly folder: string;
  readonly runs: number;
  readonly products: readonly string[];
  readonly rows: readonly Row[];
}

/** `--harness folder [--runs 3] [--products a,b] [--workloads W3,W5]`; the folder is that of PRECEDENT_PEERS by default. Throws INVALID_REQUEST. */
const optionsOf = (args: readonly string[]): PeersOptions => {
  const options = {
    harness: { type: 'string' },
    runs: { type: 'string' },
    products: { type: 'string' },
    workloads: { type: 'string' },
  } as const;
  const { values } = parsed(() => parseArgs({ args: [...args], options }));
  const folder = values.harness ?? process.env['PRECEDENT_PEERS'];
  if (folder === undefined)
    throw new AppError('INVALID_REQUEST', 'name the folder of the peers: --harness, or PRECEDENT_PEERS');
  const runs = Number(values.runs ?? 3);
  if (!Number.isInteger(runs) || runs < 1 || runs > RUNS_MAX)
    throw new AppError('INVALID_REQUEST', `--runs is a number from 1 to ${RUNS_MAX}; got ${values.runs}`);
  const others = values.products?.split(',').filter((name) => name !== SELF);
  const products = others ? [SELF, ...others] : PRODUCTS;
  return { folder: path.resolve(folder), runs, products, rows: rowsOf(values.workloads?.split(',')) };
};

const rowsOf = (workloads: readonly string[] | undefined): readonly Row[] => {
  const known = workloadsOf(ROWS);
  const unknown = workloads?.find((one) => !known.includes(one));
  if (unknown !== undefined)
    throw new AppError('INVALID_REQUEST', `--workloads are of ${known.join(', ')}; got ${unknown}`);
  return ROWS.filter(({ workload }) => workloads?.includes(workload) ?? true);
};

const parsed = <T>(parse: () => T): T => {
  try {
    return parse();
  } catch (cause) {
    throw new AppError('INVALID_REQUEST', cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

/** Runs every product in turns, so that a slow minute of the machine meets them all, and prints the table. */
export const comparePeers = async (args: readonly string[]): Promise<void> => {
  const options = optionsOf(args);
  checkHarness(options.folder);
  const { stage } = await openStage();
  const harness: Harness = { folder: options.folder, checkout: ROOT, say: stage.say };
  const results = new Map(options.products.map((product) => [product, new Map<string, unknown[]>()]));
  for (let run = 1; run <= options.runs; run++) {
    stage.say(`run ${run} of ${options.runs}`);
    await Promise.race([playRun({ stage, harness, rows: options.rows }, results), stage.interrupted]);
    if (run < options.runs)
      stage.say(markdownOf(placed(options.rows, options.products, results), options.products));
  }
  report(options, results);
};

interface RunContext {
  readonly stage: Stage;
  readonly harness: Harness;
  readonly rows: readonly Row[];
}

/** Every workload on every product, once. */
const playRun = async (
  { stage, harness, rows }: RunContext,
  results: ReadonlyMap<string, Map<string, unknown[]>>,
): Promise<void> => {
  for (const workload of workloadsOf(rows))
    for (const [product, own] of results) {
      if (isOwnWorkload(workload) && product !== SELF) continue;
      stage.say(`${workload} on ${product}`);
      const result = isOwnWorkload(workload)
        ? await playOwnWorkload(stage, workload)
        : await playWorkload(harness, product, workload);
      own.set(workload, [...(own.get(workload) ?? []), result]);
    }
};

const report = ({ rows, products }: PeersOptions, results: ReadonlyMap<string, Results>): void => {
  const all = placed(rows, products, results);
  process.stdout.write(`${markdownOf(all, products)}\n`);
  if (all.some(({ verdict }) => verdict === 'trails' || verdict === 'no figure')) process.exitCode = 1;
};

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AppError } from '@precedent/kernel';
import { say } from '../../bench/stage.ts';
import { checkHarness, playWorkload } from './harness.ts';
import type { Harness } from './harness.ts';
import { ROWS, workloadsOf } from './rows.ts';
import { SELF, markdownOf, placed } from './table.ts';
import type { Results } from './table.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PRODUCTS = [SELF, 'graphile', 'pgboss', 'bullmq-always', 'rabbitmq'];
const RUNS_MAX = 20;

interface PeersOptions {
  readonly folder: string;
  readonly runs: number;
  readonly products: readonly string[];
}

/** `--harness folder [--runs 3] [--products a,b]`; the folder is that of PRECEDENT_PEERS by default. Throws INVALID_REQUEST. */
const optionsOf = (args: readonly string[]): PeersOptions => {
  const options = {
    harness: { type: 'string' },
    runs: { type: 'string' },
    products: { type: 'string' },
  } as const;
  const { values } = parsed(() => parseArgs({ args: [...args], options }));
  const folder = values.harness ?? process.env['PRECEDENT_PEERS'];
  if (folder === undefined)
    throw new AppError('INVALID_REQUEST', 'name the folder of the peers: --harness, or PRECEDENT_PEERS');
  const runs = Number(values.runs ?? 3);
  if (!Number.isInteger(runs) || runs < 1 || runs > RUNS_MAX)
    throw new AppError('INVALID_REQUEST', `--runs is a number from 1 to ${RUNS_MAX}; got ${values.runs}`);
  const others = values.products?.split(',').filter((name) => name !== SELF);
  return { folder: path.resolve(folder), runs, products: others ? [SELF, ...others] : PRODUCTS };
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
  const { folder, runs, products } = optionsOf(args);
  checkHarness(folder);
  const harness: Harness = { folder, checkout: ROOT, say };
  const results = new Map(products.map((product) => [product, new Map<string, unknown[]>()]));
  for (let run = 1; run <= runs; run++)
    for (const workload of workloadsOf(ROWS))
      for (const [product, own] of results) {
        say(`run ${run} of ${runs}: ${workload} on ${product}`);
        const result = await playWorkload(harness, product, workload);
        own.set(workload, [...(own.get(workload) ?? []), result]);
      }
  report(products, results);
};

const report = (products: readonly string[], results: ReadonlyMap<string, Results>): void => {
  const rows = placed(ROWS, products, results);
  process.stdout.write(`${markdownOf(rows, products)}\n`);
  if (rows.some(({ verdict }) => verdict === 'trails' || verdict === 'no figure')) process.exitCode = 1;
};

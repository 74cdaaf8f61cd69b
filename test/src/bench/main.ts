import { benchArguments } from './arguments.ts';
import type { BenchArguments } from './arguments.ts';
import type { Bench, RunFigures } from './bench.ts';
import { BENCHES } from './benches.ts';
import { machineOf } from './machine.ts';
import type { BenchReport } from './report.ts';
import { tableOf } from './report.ts';
import { openStage, runMain, say } from './stage.ts';
import { medians } from './stats.ts';
import type { Stage } from './world.ts';

const measure = async (
  bench: Bench,
  stage: Stage,
  { name, runs, options }: BenchArguments,
): Promise<RunFigures[]> => {
  say(`${name}: ${bench.about}`);
  const all: RunFigures[] = [];
  for (let run = 1; run <= runs; run++) {
    all.push(await bench.run(stage, options));
    say(`run ${run} of ${runs}: ${JSON.stringify(all.at(-1))}`);
  }
  return all;
};

const main = async (): Promise<void> => {
  const args = benchArguments(process.argv.slice(2), BENCHES);
  const bench = BENCHES[args.name];
  if (bench === undefined) return;
  const { stage, nats } = await openStage(args.profile);
  const all = await measure(bench, stage, args);
  const report: BenchReport = {
    bench: args.name,
    metrics: medians(all.map(({ metrics }) => metrics)),
    ceiling: medians(all.map(({ ceiling }) => ceiling)),
    runs: args.runs,
    machine: machineOf(nats, new Date()),
  };
  process.stdout.write(`${args.json ? JSON.stringify(report) : tableOf(report)}\n`);
};

runMain(main);

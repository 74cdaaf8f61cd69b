import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { catalogue, problemOf } from '@precedent/kernel';
import { findNatsServer, onStopSignals } from '@precedent/processes';
import { benchArguments } from './arguments.ts';
import type { BenchArguments } from './arguments.ts';
import type { Bench, RunFigures } from './bench.ts';
import { bundlePrograms } from './bundle.ts';
import { criticalStart } from './critical-start.ts';
import { events } from './events.ts';
import { latency } from './latency.ts';
import { machineOf } from './machine.ts';
import { memory } from './memory.ts';
import { recovery } from './recovery.ts';
import type { BenchReport } from './report.ts';
import { tableOf } from './report.ts';
import { medians } from './stats.ts';
import { status } from './status.ts';
import { throughput } from './throughput.ts';
import type { Stage } from './world.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  throughput,
  latency,
  'critical-start': criticalStart,
  status,
  events,
  memory,
  recovery,
};

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Rejects at the first signal, so that what was started is stopped in good order. */
const untilSignal = (): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  onStopSignals({
    stop: (signal) => reject(new Error(`ended by ${signal}`)),
    force: () => process.exit(130),
  });
  return promise;
};

const measure = async (bench: Bench, stage: Stage, { name, runs }: BenchArguments): Promise<RunFigures[]> => {
  say(`${name}: ${bench.about}`);
  const all: RunFigures[] = [];
  for (let run = 1; run <= runs; run++) {
    all.push(await bench.run(stage));
    say(`run ${run} of ${runs}: ${JSON.stringify(all.at(-1))}`);
  }
  return all;
};

const main = async (): Promise<void> => {
  const args = benchArguments(process.argv.slice(2), Object.keys(BENCHES));
  const bench = BENCHES[args.name];
  if (bench === undefined) return;
  const nats = await findNatsServer({ env: process.env });
  const profile = args.profile === undefined ? undefined : path.resolve(args.profile);
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  const interrupted = untilSignal();
  const bundled = profile === undefined && (await bundlePrograms(say));
  const stage = { binary: nats.binary, bundled, say, interrupted, ...(profile !== undefined && { profile }) };
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

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const { code, message } = problemOf(error);
    say(
      error instanceof Error && code === 'INTERNAL' ? (error.stack ?? message) : `error ${code}: ${message}`,
    );
    process.exit(catalogue[code].exit);
  },
);

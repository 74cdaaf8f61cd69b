import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, wholeNumber, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { simulationText } from './simulate-text.ts';

interface SimulateFlags extends CommonFlags {
  readonly seed?: number;
  readonly svg?: string;
  readonly off?: boolean;
  readonly scenario?: string;
  readonly dump?: string;
}

export const addSimulate = (program: Command, cli: Cli): void => {
  const command = program
    .command('simulate')
    .description(
      'simulate a load on a virtual clock with the scheduler of the engine, under one or more policies',
    )
    .argument(
      '<what>',
      'a scenario (.yaml), "journal" for the journal of this cell, or a dump of a journal (.ndjson)',
    )
    .option('--seed <n>', 'seed for the random generator', wholeNumber('--seed', [0, 2 ** 31 - 1]))
    .option('--off', 'compare with a policy "off", without preemption')
    .option('--svg <file>', 'write a plot of the waits')
    .option(
      '--scenario <file>',
      'workers, policies and faults for a recorded load; the loads of the scenario are ignored',
    )
    .option('--dump <file>', 'write the journal that was read to a file, to simulate it again');
  withCommonFlags(command).action(async (what: string, { off, ...flags }: SimulateFlags) => {
    // The engine and what it needs are loaded for this command only.
    const { runSimulation } = await import('./simulate-run.ts');
    const config = configOf(cli, flags);
    const progress = progressOn(cli, flags.json !== true);
    const request = { what, withOff: off, ...flags };
    const report = await runSimulation(request, { io: cli.io, config, onPercent: progress.at }).finally(
      progress.end,
    );
    cli.io.out(flags.json ? jsonText(report) : simulationText(report, pageOf(cli.io)));
  });
};

/** Shows the percentage on stderr, in place, when stderr is a terminal. */
const progressOn = ({ io }: Cli, shown: boolean) => {
  let last = -1;
  const isOn = io.stderr.isTty && shown;
  return {
    at: (percent: number): void => {
      if (isOn && percent !== last) io.stderr.control(`\r${percent} %`);
      last = percent;
    },
    end: (): void => void (isOn && last >= 0 && io.stderr.control('\r      \r')),
  };
};

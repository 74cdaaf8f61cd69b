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
    .description("play a load on a virtual clock with the engine's own decisions, under one or more policies")
    .argument(
      '<what>',
      'a scenario (.yaml), "journal" for what this cell has recorded, or a dump of it (.ndjson)',
    )
    .option('--seed <n>', 'another course of chance', wholeNumber('--seed', [0, 2 ** 31 - 1]))
    .option('--off', 'compare with a policy "off", without preemption')
    .option('--svg <file>', 'write a plot of the waits')
    .option('--scenario <file>', 'workers, policies and faults for what was recorded; its loads do not count')
    .option('--dump <file>', 'keep the journal that was read, to simulate it again');
  withCommonFlags(command).action(async (what: string, { off, ...flags }: SimulateFlags) => {
    // The engine and what it needs are loaded for this command only.
    const { runSimulation } = await import('./simulate-run.ts');
    const config = configOf(cli, flags);
    const progress = progressOn(cli, flags.json !== true);
    const wish = { what, withOff: off, ...flags };
    const report = await runSimulation(wish, { io: cli.io, config, told: progress.at }).finally(progress.end);
    cli.io.out(flags.json ? jsonText(report) : simulationText(report, pageOf(cli.io)));
  });
};

/** The percentage on stderr, in place, where a person looks. */
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

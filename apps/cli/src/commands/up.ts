import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Config } from '@precedent/config';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, gathered, wholeNumber, withCommonFlags } from '../cli.ts';
import { chosenParts } from '../up/chosen-parts.ts';
import type { PartFlags } from '../up/chosen-parts.ts';
import { servedElsewhere } from '../up/served-elsewhere.ts';
import { scriptsOf } from '../up/parts.ts';
import { up } from '../up/up.ts';
import { textReport } from '../up/text-report.ts';
import { jsonReport } from '../up/up-report.ts';

export interface UpFlags extends CommonFlags, PartFlags {
  readonly data?: string;
  readonly verbose?: boolean;
}

export const addUp = (program: Command, cli: Cli): void => {
  const command = program
    .command('up')
    .description(
      'start a NATS server, Qdrant, the engine, the history, a worker, the vectorizer and the gateway, and keep them running until Ctrl-C',
    );
  withDataFlag(command)
    .option(
      '--port <n>',
      'port of the NATS server, 0 for any free one (4222)',
      wholeNumber('--port', [0, 65_535]),
    )
    .option('--nats-url <url>', 'the same as --url: use this running NATS server instead of starting one')
    .option(
      '--only <parts>',
      'start these only: nats, engine, history, worker, vectorizer, gateway',
      gathered,
    )
    .option('--no-nats', 'start no NATS server: --url names a running one')
    .option('--no-engine', 'start no engine');
  withWorkerFlags(command)
    .option('--no-worker', 'start no worker')
    .option('--no-history', 'start no history: tasks that the engine no longer holds cannot be found')
    .option('--no-vectorizer', 'no semantic history: start no Qdrant and no vectorizer')
    .option('--no-gateway', 'nothing is served over HTTP');
  withCommonFlags(command).action((flags: UpFlags) => runParts(cli, flags));
};

export const withDataFlag = (command: Command): Command =>
  command
    .option('--data <folder>', 'the data folder (.precedent)')
    .option('--verbose', 'print every line of every part during the start');

export const withWorkerFlags = (command: Command): Command =>
  command
    .option('--slots <n>', 'tasks that the worker runs at a time (10)', wholeNumber('--slots', [1, 10_000]))
    .option('--files <folder...>', 'folders that tasks other than commands may read and write (none)');

/** Starts the chosen parts and keeps them running until Ctrl-C. */
export const runParts = async (cli: Cli, flags: UpFlags): Promise<void> => {
  const config = upConfig(cli, flags);
  const parts = chosenParts(flags, config);
  cli.exit = await up({
    config,
    parts,
    io: cli.io,
    report: flags.json ? jsonReport(cli.io) : textReport(cli.io, { verbose: flags.verbose === true }),
    // Parts named by --only are started in any case.
    isServed: flags.only === undefined ? servedElsewhere(cli, config) : () => Promise.resolve(false),
    scripts: scriptsOf(`${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`),
    flags: (url) => findingFlags(config, url),
  });
};

/** The flags of `up` over the configuration. */
export const upConfig = (cli: Pick<Cli, 'io'>, flags: UpFlags): Config =>
  configOf(cli, flags, {
    'nats.url': flags.natsUrl ?? flags.url,
    'nats.port': flags.port,
    'storage.dataDir': flags.data,
    'execution.maxConcurrent': flags.slots,
    'worker.roots': flags.files?.map((folder) => path.resolve(cli.io.cwd, folder)),
    // Its own children have to know: a backup without a history is whole.
    'history.enabled': flags.history === false ? false : undefined,
  });

/** The flags with which another command finds this cell, where they differ from the defaults. */
const findingFlags = (config: Config, url: string): string => {
  const flags = [
    ...(url === 'nats://127.0.0.1:4222' ? [] : ['-u', url]),
    ...(config.origins['root'] === 'flag' ? ['--root', config.root] : []),
    ...(config.origins['cell'] === 'flag' ? ['--cell', config.cell] : []),
  ];
  return flags.map((flag) => ` ${flag}`).join('');
};

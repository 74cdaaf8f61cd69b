import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Config } from '@precedent/config';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, wholeNumber, withCommonFlags } from '../cli.ts';
import { scriptsOf } from '../up/parts.ts';
import { up } from '../up/up.ts';
import { textReport } from '../up/text-report.ts';
import { jsonReport } from '../up/up-report.ts';
import { UsageError } from '../usage-error.ts';

interface UpFlags extends CommonFlags {
  readonly data?: string;
  readonly port?: number;
  readonly natsUrl?: string;
  readonly nats: boolean;
  readonly slots?: number;
  readonly files?: readonly string[];
  readonly verbose?: boolean;
  readonly worker: boolean;
  readonly history: boolean;
  readonly vectorizer: boolean;
}

export const addUp = (program: Command, cli: Cli): void => {
  const command = program
    .command('up')
    .description(
      'start a NATS server, Qdrant, the engine, the history, a worker and the vectorizer, and keep them running until Ctrl-C',
    )
    .option('--data <folder>', 'the data folder (.precedent)')
    .option(
      '--port <n>',
      'port of the NATS server, 0 for any free one (4222)',
      wholeNumber('--port', [0, 65_535]),
    )
    .option('--nats-url <url>', 'use this running NATS server instead of starting one')
    .option('--no-nats', 'start no NATS server: --url names a running one')
    .option('--slots <n>', 'tasks that the worker runs at a time (10)', wholeNumber('--slots', [1, 10_000]))
    .option(
      '--files <folder...>',
      'folders that tasks read files from and write them to, beside commands (none)',
    )
    .option('--verbose', 'print every line of every part while they start')
    .option('--no-worker', 'start no worker')
    .option('--no-history', 'keep no history: what the engine has forgotten is gone')
    .option('--no-vectorizer', 'remember nothing by meaning: start no Qdrant and no vectorizer');
  withCommonFlags(command).action(async (flags: UpFlags) => {
    const config = upConfig(cli, flags);
    cli.exit = await up({
      config,
      io: cli.io,
      report: flags.json ? jsonReport(cli.io) : textReport(cli.io, { verbose: flags.verbose === true }),
      withWorker: flags.worker,
      withHistory: flags.history && config.history.enabled,
      withVectorizer: flags.vectorizer && config.vectorizer.enabled,
      scripts: scriptsOf(`${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`),
      flags: (url) => findingFlags(config, url),
    });
  });
};

/** The flags of `up` over the configuration. */
export const upConfig = (cli: Pick<Cli, 'io'>, flags: UpFlags): Config => {
  const config = configOf(cli, flags, {
    'nats.url': flags.natsUrl ?? flags.url,
    'nats.port': flags.port,
    'storage.dataDir': flags.data,
    'execution.maxConcurrent': flags.slots,
    'worker.roots': flags.files?.map((folder) => path.resolve(cli.io.cwd, folder)),
    // Its own children have to know: a backup without a history is whole.
    'history.enabled': flags.history ? undefined : false,
  });
  if (!flags.nats && config.nats.url === '') {
    throw new UsageError('--no-nats was given without a URL: name a running server with --url');
  }
  return config;
};

/** Another command that knows only the defaults must be told what is not one. */
const findingFlags = (config: Config, url: string): string => {
  const flags = [
    ...(url === 'nats://127.0.0.1:4222' ? [] : ['-u', url]),
    ...(config.origins['root'] === 'flag' ? ['--root', config.root] : []),
    ...(config.origins['cell'] === 'flag' ? ['--cell', config.cell] : []),
  ];
  return flags.map((flag) => ` ${flag}`).join('');
};

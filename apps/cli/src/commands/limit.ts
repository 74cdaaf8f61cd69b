import { ON_FULL } from '@precedent/contract-types';
import type { LimitSpec, LimitUseView } from '@precedent/contract-types';
import { BANDS, defined, formatDuration, parseDuration } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { wholeNumber, withClient, withNamespaceFlag } from '../cli.ts';
import {
  addDefinitionCommands,
  printDefinition,
  withExpectFlag,
} from '../definitions/definition-commands.ts';
import type { PlaceFlags } from '../definitions/definition-commands.ts';
import { pageOf } from '../io.ts';
import { jsonText, timeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Page } from '../terminal/table.ts';
import { visibleLine } from '../terminal/visible.ts';
import { UsageError } from '../usage-error.ts';
import { known } from './choices.ts';

interface SetFlags extends PlaceFlags {
  readonly expect?: number;
  readonly type?: string;
  readonly project?: string;
  readonly band?: string;
  readonly pool?: string;
  readonly key?: string;
  readonly concurrency?: number;
  readonly rate?: string;
  readonly burst?: number;
  readonly onFull?: string;
  readonly description?: string;
  readonly wholeCell?: boolean;
}

const RANGE = [0, 1_000_000] as const;

export const addLimit = (program: Command, cli: Cli): void => {
  const group = program.command('limit').description('how many tasks run at once, or start in a time');
  addSet(group, cli);
  addDefinitionCommands(group, cli, { noun: 'limit', client: ({ limits }) => limits, summary });
  const use = group.command('use').argument('<name>').description('show what a limit holds now, by key');
  withNamespaceFlag(use).action(async (name: string, flags: PlaceFlags) => {
    const found = await withClient(cli, flags, ({ limits }) => limits.show(name, flags.namespace));
    cli.io.out(flags.json ? jsonText(found) : useText(found, pageOf(cli.io), cli.io.now()));
  });
};

const addSet = (group: Command, cli: Cli): void => {
  const set = withExpectFlag(
    group
      .command('set')
      .argument('<name>')
      .description('make a limit, or replace what it says')
      .option('--concurrency <count>', 'tasks at once', wholeNumber('--concurrency', RANGE))
      .option('--rate <count/time>', 'starts in a time, such as 100/1m')
      .option('--burst <count>', 'starts at once after a quiet time', wholeNumber('--burst', RANGE))
      .option('--key <cel>', 'each value of this has the limit for itself')
      .option('--type <type>', 'only tasks of this type')
      .option('--project <project>', 'only tasks of this project')
      .option('--band <band>', 'only tasks of this band')
      .option('--pool <pool>', 'only tasks for this pool')
      .option('--on-full <what>', `a new task of a full key: ${ON_FULL.join(', ')}`)
      .option('--whole-cell', 'tasks of all namespaces share it')
      .option('--description <text>', 'what it is for'),
  );
  withNamespaceFlag(set).action(async (name: string, flags: SetFlags) => {
    const { namespace, expect } = flags;
    const item = await withClient(cli, flags, ({ limits }) =>
      limits.put(name, specOf(flags), defined({ namespace, expect })),
    );
    printDefinition(cli, flags, item);
  });
};

const specOf = (flags: SetFlags): LimitSpec => {
  const { type, project, pool, band, key, concurrency, description, onFull, wholeCell } = flags;
  const match = defined({
    type,
    project,
    pool,
    band: band === undefined ? undefined : known('--band', [band], BANDS)[0],
  });
  return {
    ...(Object.keys(match).length > 0 && { match }),
    ...defined({ key, concurrency, description }),
    ...(flags.rate !== undefined && { rate: { ...rateOf(flags.rate), ...defined({ burst: flags.burst }) } }),
    ...(onFull !== undefined && { onFull: known('--on-full', [onFull], ON_FULL)[0] }),
    ...(wholeCell === true && { wholeCell }),
  };
};

/** `100/1m` */
const rateOf = (text: string) => {
  const [count = '', time = ''] = text.split('/', 2);
  const [limit, per] = [Number(count), parseDuration(time)];
  if (count !== '' && Number.isInteger(limit) && per !== undefined) return { limit, per };
  throw new UsageError(`--rate is ${text}; starts in a time are expected, such as 100/1m`);
};

const summary = ({ concurrency, rate, key, match = {}, onFull }: LimitSpec): string =>
  [
    concurrency !== undefined && `${concurrency} at once`,
    rate && `${rate.limit} in ${formatDuration(rate.per)}`,
    key !== undefined && `for each ${key}`,
    ...Object.entries(match).map(([name, value]) => `${name} ${JSON.stringify(value).replaceAll('"', '')}`),
    onFull,
  ]
    .filter((part) => part)
    .join(', ');

const useText = (use: LimitUseView, page: Page, now: EpochMs): string => {
  const { name, held, waiting, keyCount, refused, superseded } = use;
  const counts = `limit ${name}: ${held} running, ${waiting} waiting, ${keyCount} keys in use`;
  const ends = refused + superseded > 0 ? `; ${refused} refused, ${superseded} superseded` : '';
  if (use.keys.length === 0) return `${counts}${ends}\n`;
  const rows = use.keys.map(({ key, held: running, waiting: queued, holders, opensAt }) => [
    visibleLine(key === '' ? '(all)' : key),
    String(running),
    String(queued),
    (opensAt === undefined ? undefined : timeText(opensAt, now)) ?? '',
    visibleLine(holders.join(' ')),
  ]);
  const headings = ['key', 'running', 'waiting', 'opens', { heading: 'tasks', min: 20, drop: 1 }];
  return `${counts}${ends}\n${tableText(headings, rows, page)}`;
};

import type { PreviewScheduleReply, ScheduleSpec } from '@precedent/contract-types';
import { CATCH_UP, GAP_POLICIES, OVERLAP_POLICIES, WHILE_RUNNING } from '@precedent/contract-types';
import { BANDS, defined, formatDuration, parseDuration, parseTime } from '@precedent/kernel';
import { Option } from 'commander';
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
import { jsonText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import { UsageError } from '../usage-error.ts';

interface AddFlags extends PlaceFlags {
  readonly expect?: number;
  readonly cron?: string;
  readonly every?: string;
  readonly at?: string;
  readonly in?: string;
  readonly zone?: string;
  readonly gap?: ScheduleSpec['gap'];
  readonly overlap?: ScheduleSpec['overlap'];
  readonly except?: readonly string[];
  readonly count?: number;
  readonly whileRunning?: ScheduleSpec['whileRunning'];
  readonly catchUp?: ScheduleSpec['catchUp'];
  readonly jitter?: string;
  readonly pauseAfter?: number;
  readonly type?: string;
  readonly payload?: string;
  readonly band?: string;
  readonly project?: string;
}

interface PauseFlags extends PlaceFlags {
  readonly until?: string;
  readonly reason?: string;
}

interface NextFlags extends PlaceFlags {
  readonly count?: number;
}

const COUNTS = [1, 1_000_000_000] as const;
const PREVIEWED = [1, 1_000] as const;
const FAILURES = [1, 1_000] as const;

const choice = (flags: string, text: string, choices: readonly string[]): Option =>
  new Option(flags, text).choices([...choices]);

export const addSchedule = (program: Command, cli: Cli): void => {
  const group = program.command('schedule').description('tasks that are run at their times');
  addAdd(group, cli);
  addDefinitionCommands(group, cli, {
    noun: 'schedule',
    client: ({ schedules }) => schedules,
    summary: summaryOf,
  });
  addNext(group, cli);
  addPause(group, cli);
  const resume = group.command('resume').argument('<name>').description('go on with the next tick');
  withNamespaceFlag(resume).action(async (name: string, flags: PlaceFlags) =>
    printDefinition(
      cli,
      flags,
      await withClient(cli, flags, ({ schedules }) => schedules.resume(name, flags.namespace)),
    ),
  );
  const trigger = group.command('trigger').argument('<name>').description('run its task now');
  withNamespaceFlag(trigger).action(async (name: string, flags: PlaceFlags) => {
    const reply = await withClient(cli, flags, ({ schedules }) => schedules.trigger(name, flags.namespace));
    cli.io.out(flags.json ? jsonText(reply) : `task ${reply.id}\n`);
  });
};

const addAdd = (group: Command, cli: Cli): void => {
  const add = withExpectFlag(
    group
      .command('add')
      .argument('<name>')
      .argument('[command...]', 'what each run is, behind --')
      .description('make a schedule, or replace it; `apply` takes all that it can say')
      .option('--cron <pattern>', '5 fields, or 6 with seconds first')
      .option('--every <duration>', 'an interval, such as 15m')
      .option('--at <time>', 'once: on the wall of the zone, or with an offset')
      .option('--in <duration>', 'once, so long from now')
      .option('--zone <name>', 'whose wall: Europe/Berlin (UTC)')
      .addOption(choice('--gap <policy>', 'times that the clocks skip', GAP_POLICIES))
      .addOption(choice('--overlap <policy>', 'times that they show twice', OVERLAP_POLICIES))
      .option('--except <days...>', 'days that are left out: 2026-12-25')
      .option('--count <runs>', 'runs in total', wholeNumber('--count', COUNTS))
      .addOption(choice('--while-running <policy>', 'while a run is open (skip)', WHILE_RUNNING))
      .addOption(choice('--catch-up <policy>', 'missed ticks that are run (latest)', CATCH_UP))
      .option('--jitter <duration>', 'moves all runs by a part of it')
      .option('--pause-after <failures>', 'in a row', wholeNumber('--pause-after', FAILURES))
      .option('--type <type>', 'of the tasks, in place of a command')
      .option('--payload <json>', 'what their handler gets')
      .addOption(choice('--band <band>', 'of the tasks', BANDS))
      .option('--project <project>', 'of the tasks'),
  );
  withNamespaceFlag(add).action(async (name: string, command: readonly string[], flags: AddFlags) => {
    const { namespace, expect } = flags;
    const item = await withClient(cli, flags, ({ schedules }) =>
      schedules.put(name, specOf(flags, command), defined({ namespace, expect })),
    );
    printDefinition(cli, flags, item);
  });
};

const addPause = (group: Command, cli: Cli): void => {
  const pause = group
    .command('pause')
    .argument('<name>')
    .description('let its ticks pass without a run')
    .option('--until <time>', 'a time with its zone, or a duration such as 2h')
    .option('--reason <text>', 'why');
  withNamespaceFlag(pause).action(async (name: string, flags: PauseFlags) => {
    const { namespace, reason } = flags;
    const until = flags.until === undefined ? undefined : momentOf(flags.until, cli.io.now());
    const item = await withClient(cli, flags, ({ schedules }) =>
      schedules.pause(name, defined({ namespace, until, reason })),
    );
    printDefinition(cli, flags, item);
  });
};

const addNext = (group: Command, cli: Cli): void => {
  const next = group
    .command('next')
    .argument('<name>')
    .description('its next runs, and what the change of the clocks does to them')
    .option('--count <ticks>', 'ticks to show (10)', wholeNumber('--count', PREVIEWED));
  withNamespaceFlag(next).action(async (name: string, flags: NextFlags) => {
    const { namespace, count } = flags;
    const reply = await withClient(cli, flags, ({ schedules }) =>
      schedules.preview(name, defined({ namespace, count })),
    );
    cli.io.out(flags.json ? jsonText(reply) : previewText(reply, pageOf(cli.io)));
  });
};

const CLOCKS = {
  gap: 'the clocks skip it',
  first: 'the clocks show it twice: first',
  last: 'the clocks show it twice: last',
} as const;

const previewText = ({ ticks }: PreviewScheduleReply, page: ReturnType<typeof pageOf>): string =>
  tableText(
    ['on the wall', 'runs at', 'clocks'],
    ticks.map(({ nominal, startsAt, runs, clocks }) => [
      nominal,
      runs ? new Date(startsAt).toISOString() : 'no run',
      clocks ? CLOCKS[clocks] : '',
    ]),
    page,
  );

const specOf = (flags: AddFlags, command: readonly string[]): ScheduleSpec => {
  const { cron, at, zone, gap, overlap, except, count, whileRunning, catchUp } = flags;
  return {
    ...defined({ cron, at, zone, gap, overlap, except, count, whileRunning, catchUp }),
    ...(flags.every !== undefined && { every: durationOf('--every', flags.every) }),
    ...(flags.in !== undefined && { after: durationOf('--in', flags.in) }),
    ...(flags.jitter !== undefined && { jitter: durationOf('--jitter', flags.jitter) }),
    ...(flags.pauseAfter !== undefined && { pauseAfterFailures: flags.pauseAfter }),
    task: taskOf(flags, command),
  };
};

const taskOf = ({ type, payload, band, project }: AddFlags, command: readonly string[]): object => {
  const [program, ...args] = command;
  if (program === undefined && type === undefined)
    throw new UsageError('name what is run: --type, or a command behind --');
  return {
    ...(program !== undefined && { command: program, args }),
    ...(payload !== undefined && { payload: jsonOf(payload) }),
    ...defined({ type, band, project }),
  };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--payload is no JSON: ${text}`);
  }
};

const durationOf = (flag: string, text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${flag} is ${text}; a duration such as 15m is expected`);
  return ms;
};

const momentOf = (text: string, now: number): number => {
  const ms = parseDuration(text);
  const at = ms === undefined ? parseTime(text) : now + ms;
  if (at === undefined)
    throw new UsageError(`--until is ${text}; a time or a duration such as 2h is expected`);
  return at;
};

const summaryOf = ({ cron, every, at, after, zone, task }: ScheduleSpec): string => {
  const { type, command } = task as { readonly type?: string; readonly command?: string };
  const times =
    cron ??
    at ??
    (every === undefined ? `after ${formatDuration(after ?? 0)}` : `every ${formatDuration(every)}`);
  return [times, zone, command ?? type].filter((part) => part).join(', ');
};

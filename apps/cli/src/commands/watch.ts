import { defined } from '@precedent/kernel';
import { isGap } from '@precedent/client';
import type { WatchFilter } from '@precedent/client';
import { LIMITS } from '@precedent/contracts';
import { TASK_EVENTS } from '@precedent/contract-types';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { gathered, optionsAdded, refuseGiven, withClient, withCommonFlags } from '../cli.ts';
import { jsonLine } from '../output.ts';
import { pageOf } from '../io.ts';
import { eventText } from '../event-text.ts';
import { known } from './choices.ts';
import { runIngest, withIngestFlags } from './ingest-run.ts';
import type { IngestFlags } from './ingest-run.ts';
import { durationArgument } from '../time-argument.ts';
import { UsageError } from '../usage-error.ts';
import { taskIdOf } from '../task-id.ts';

interface EventFlags extends CommonFlags {
  readonly namespace?: string;
  readonly project?: string;
  readonly type?: string;
  readonly event?: readonly string[];
  readonly id?: string;
  readonly security?: readonly string[];
}

interface FolderFlags extends IngestFlags {
  readonly debounce: number;
  readonly rescan: number;
}

const DEBOUNCE_MS = 300;
const RESCAN_MS = 30_000;

export const addWatch = (program: Command, cli: Cli): void => {
  const command = program
    .command('watch')
    .description('print task events as they occur, or keep the documents of a folder indexed, until Ctrl-C')
    .usage('[flags] [folder]')
    .argument(
      '[folder]',
      'submit work for the documents of this folder, which the worker sees too, whenever they change; without it: events',
    )
    .option('--namespace <namespace>', 'events of this namespace, or the namespace of the documents')
    .option('--project <project>', 'events of this project, or the project of the tasks');
  const ofEvents = optionsAdded(command, () =>
    command
      .optionsGroup('Without a folder:')
      .option('--type <type>', 'of this type')
      .option('--event <events>', `only these, with commas: ${TASK_EVENTS.join(', ')}`, gathered)
      .option('--id <id>', 'of this task')
      .option('--security <labels>', 'also of tasks with these security labels, with commas', gathered),
  );
  const ofFolders = optionsAdded(command, () =>
    withIngestFlags(command.optionsGroup('With a folder:'))
      .option(
        '--debounce <duration>',
        'delay after a change, for further changes',
        milliseconds('--debounce'),
        DEBOUNCE_MS,
      )
      .option(
        '--rescan <duration>',
        'time between two scans of the whole folder',
        milliseconds('--rescan'),
        RESCAN_MS,
      ),
  );
  withCommonFlags(command).action((folder: string | undefined, flags: EventFlags & FolderFlags) => {
    if (folder === undefined) {
      refuseGiven(command, ofFolders, 'belongs to a folder: watch <folder>');
      return watchEvents(cli, flags);
    }
    refuseGiven(command, ofEvents, 'belongs to events, and a folder is watched: leave one of the two out');
    const watch = { debounceMs: flags.debounce, rescanMs: flags.rescan };
    return runIngest(cli, folder, { ...flags, watch });
  });
};

const milliseconds =
  (name: string) =>
  (text: string): number => {
    const ms = durationArgument(name, text);
    if (ms !== undefined && ms > 0 && ms <= LIMITS.durationMs) return ms;
    throw new UsageError(`${name} is ${text}; a duration such as 300ms or 30s is expected`);
  };

const watchEvents = (cli: Cli, flags: EventFlags): Promise<void> =>
  withClient(cli, flags, async (client) => {
    const { id, ...filter } = filterOf(flags);
    const events = client.watch({
      ...filter,
      ...(id !== undefined && { id: await taskIdOf(client, id) }),
    });
    const close = (): void => events.close();
    const unlisten = cli.io.onStopSignals({ stop: close, force: close });
    for await (const item of events) {
      if (flags.json) cli.io.out(jsonLine(item));
      else if (isGap(item)) cli.io.err(gapText(item.gap));
      else cli.io.out(eventText(item, pageOf(cli.io)));
    }
    unlisten();
  });

const filterOf = ({ namespace, project, type, event, id, security }: EventFlags): WatchFilter => ({
  ...defined({ namespace, project, type, security }),
  ...(event !== undefined && { event: known('--event', event, TASK_EVENTS) }),
  ...(id !== undefined && { id }),
});

const gapText = (gap: number): string =>
  gap === 0
    ? '-- the connection was interrupted: events may be missing here\n'
    : `-- ${gap} events are missing here\n`;

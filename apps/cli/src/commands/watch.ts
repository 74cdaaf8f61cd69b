import { isGap } from '@precedent/client';
import type { WatchFilter } from '@precedent/client';
import { TASK_EVENTS } from '@precedent/contracts';
import type { TaskEventName } from '@precedent/contracts';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonLine } from '../output.ts';
import { eventText } from '../task-view-text.ts';

interface WatchFlags extends CommonFlags {
  readonly namespace?: string;
  readonly project?: string;
  readonly type?: string;
  readonly event?: TaskEventName;
  readonly id?: string;
}

export const addWatch = (program: Command, cli: Cli): void => {
  const command = program
    .command('watch')
    .description('print task events as they come, until Ctrl-C')
    .option('--namespace <namespace>', 'of this namespace')
    .option('--project <project>', 'of this project')
    .option('--type <type>', 'of this type')
    .addOption(new Option('--event <event>', 'only these').choices(TASK_EVENTS))
    .option('--id <id>', 'of this task');
  withCommonFlags(command).action((flags: WatchFlags) =>
    withClient(cli, flags, async (client) => {
      const events = client.watch(filterOf(flags));
      const close = (): void => events.close();
      const unlisten = cli.io.onStopSignals({ stop: close, force: close });
      for await (const item of events) {
        if (flags.json) cli.io.out(jsonLine(item));
        else if (isGap(item)) cli.io.err(gapText(item.gap));
        else cli.io.out(eventText(item));
      }
      unlisten();
    }),
  );
};

const filterOf = ({ namespace, project, type, event, id }: WatchFlags): WatchFilter => ({
  ...(namespace !== undefined && { namespace }),
  ...(project !== undefined && { project }),
  ...(type !== undefined && { type }),
  ...(event !== undefined && { event }),
  ...(id !== undefined && { id }),
});

const gapText = (gap: number): string =>
  gap === 0
    ? '-- the connection was interrupted: events may be missing here\n'
    : `-- ${gap} events are missing here\n`;

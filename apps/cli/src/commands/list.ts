import { LIMITS, TASK_STATES } from '@precedent/contracts';
import type { ListRequest } from '@precedent/contracts';
import { AppError, BANDS, nearest } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { gathered, wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { taskTable } from '../task-view-text.ts';

interface ListFlags extends CommonFlags {
  readonly state?: readonly string[];
  readonly band?: readonly string[];
  readonly namespace?: string;
  readonly project?: string;
  readonly type?: string;
  readonly limit: number;
}

const SHOWN = 50;

export const addList = (program: Command, cli: Cli): void => {
  const command = program
    .command('list')
    .description('list tasks: running ones, recent verdicts, then those that wait, in run order')
    .option('--state <states>', `with commas: ${TASK_STATES.join(', ')}`, gathered)
    .option('--band <bands>', `with commas: ${BANDS.join(', ')}`, gathered)
    .option('--namespace <namespace>', 'of this namespace')
    .option('--project <project>', 'of this project')
    .option('--type <type>', 'of this type')
    .option('--limit <n>', 'at most so many', wholeNumber('--limit', [1, LIMITS.listed]), SHOWN);
  withCommonFlags(command).action(async (flags: ListFlags) => {
    const filter = filterOf(flags);
    const reply = await withClient(cli, flags, (client) => client.list(filter));
    cli.io.out(flags.json ? jsonText(reply) : taskTable(reply, cli.io.now()));
  });
};

const filterOf = ({ state, band, namespace, project, type, limit }: ListFlags): ListRequest => ({
  ...(state && { state: known('--state', state, TASK_STATES) }),
  ...(band && { band: known('--band', band, BANDS) }),
  ...(namespace !== undefined && { namespace }),
  ...(project !== undefined && { project }),
  ...(type !== undefined && { type }),
  limit,
});

const known = <T extends string>(flag: string, given: readonly string[], choices: readonly T[]): T[] =>
  given.map((one) => {
    const choice = choices.find((candidate) => candidate === one);
    if (choice !== undefined) return choice;
    const near = nearest(one, choices);
    const hint = near === undefined ? `one of ${choices.join(', ')} is expected` : `did you mean ${near}?`;
    throw new AppError('INVALID_REQUEST', `${flag} is ${one}; ${hint}`);
  });

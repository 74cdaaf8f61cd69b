import type { ProjectSpec } from '@precedent/contract-types';
import { BANDS, defined } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { withClient, withNamespaceFlag } from '../cli.ts';
import {
  addDefinitionCommands,
  printDefinition,
  withExpectFlag,
} from '../definitions/definition-commands.ts';
import type { PlaceFlags } from '../definitions/definition-commands.ts';
import { UsageError } from '../usage-error.ts';
import { known } from './choices.ts';

interface SetFlags extends PlaceFlags {
  readonly expect?: number;
  readonly bandMax?: string;
  readonly weight?: string;
  readonly description?: string;
}

export const addProject = (program: Command, cli: Cli): void => {
  const group = program.command('project').description('what the tasks of a project have in common');
  const set = withExpectFlag(
    group
      .command('set')
      .argument('<name>')
      .description('make a project, or replace what it says')
      .option('--band-max <band>', 'no task of it has a band above this one')
      .option('--weight <number>', 'its share of a band among the projects with tasks in it (1)')
      .option('--description <text>', 'what it is'),
  );
  withNamespaceFlag(set).action(async (name: string, flags: SetFlags) => {
    const { namespace, expect } = flags;
    const item = await withClient(cli, flags, ({ projects }) =>
      projects.put(name, specOf(flags), defined({ namespace, expect })),
    );
    printDefinition(cli, flags, item);
  });
  addDefinitionCommands(group, cli, { noun: 'project', client: ({ projects }) => projects, summary });
};

const specOf = ({ bandMax, weight, description }: SetFlags): ProjectSpec => ({
  ...(bandMax !== undefined && { bandMax: oneBand('--band-max', bandMax) }),
  ...(weight !== undefined && { weight: numberIn('--weight', weight) }),
  ...(description !== undefined && { description }),
});

const oneBand = (flag: string, text: string) => known(flag, [text], BANDS)[0];

const numberIn = (flag: string, text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new UsageError(`${flag} is ${text}; a number is expected`);
};

const summary = ({ bandMax, weight, description }: ProjectSpec): string =>
  [bandMax && `up to ${bandMax}`, weight !== undefined && `weight ${weight}`, description]
    .filter((part) => part)
    .join(', ');

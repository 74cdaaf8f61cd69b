import { ANY, ROLES } from '@precedent/contract-types';
import type { GrantSpec } from '@precedent/contract-types';
import { BANDS, defined } from '@precedent/kernel';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { gathered, wholeNumber, withClient, withCommonFlags, withNamespaceFlag } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText, timeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import { requiredDuration } from '../time-argument.ts';
import { everyPage } from './access-pages.ts';

interface AddFlags extends CommonFlags {
  readonly namespace: string;
  readonly project: string;
  readonly band?: string;
  readonly type?: readonly string[];
  readonly pool?: readonly string[];
  readonly clearance?: readonly string[];
  readonly criticalPerHour?: number;
  readonly expires?: string;
}

export const addGrants = (program: Command, cli: Cli): void => {
  const group = program.command('grants').description('what principals may do');
  const list = group
    .command('list')
    .description('list grants')
    .argument('[principal]', 'of this principal only');
  withNamespaceFlag(list).action((principal: string | undefined, flags: CommonFlags) =>
    listGrants(cli, flags, principal),
  );
  const add = group
    .command('add')
    .argument('<principal>', 'the name of a principal')
    .argument('<role>', ROLES.join(', '))
    .description('give a principal a role; its connections are made again with it')
    .requiredOption('--namespace <namespace>', `in this namespace; "${ANY}": in the whole cell`)
    .option('--project <project>', 'in this project', ANY)
    .addOption(new Option('--band <band>', 'highest band of its tasks (critical)').choices(BANDS))
    .option(
      '--type <types>',
      'types of its tasks, with commas (all; of an agent no commands and calls)',
      gathered,
    )
    .option('--pool <pools>', 'of a worker: its pools, with commas (all)', gathered)
    .option(
      '--critical-per-hour <n>',
      'critical tasks in an hour',
      wholeNumber('--critical-per-hour', [1, 1_000_000]),
    )
    .option(
      '--clearance <labels>',
      `security labels of tasks that it may see or run, with commas; "${ANY}": all`,
      gathered,
    )
    .option('--expires <duration>', 'it ends after this (never)');
  withCommonFlags(add).action((principal: string, role: string, flags: AddFlags) =>
    addGrant(cli, { principal, role }, flags),
  );
  const remove = group.command('remove').argument('<id>', 'of a grant').description('take a grant away');
  withNamespaceFlag(remove).action((id: string, flags: CommonFlags) => removeGrant(cli, id, flags));
};

interface Given {
  readonly principal: string;
  readonly role: string;
}

const addGrant = async (cli: Cli, given: Given, flags: AddFlags): Promise<void> => {
  const { namespace, project, band, type, pool, clearance, criticalPerHour, expires } = flags;
  const expiresAt = expires === undefined ? undefined : cli.io.now() + requiredDuration('--expires', expires);
  const lists = { types: type, pools: pool, clearances: clearance };
  const limits = { highestBand: band, ...lists, criticalPerHour, expiresAt };
  const spec = { ...given, namespace, project, ...defined(limits) };
  // The engine checks the texts, and says what is wrong.
  const { namespace: _, ...ofCell } = flags;
  const grant = await withClient(cli, namespace === ANY ? ofCell : flags, ({ access }) =>
    access.addGrant(spec as GrantSpec),
  );
  cli.io.out(flags.json ? jsonText(grant) : `grant ${grant.id}: ${grant.principal} is ${grant.role}\n`);
};

const removeGrant = async (cli: Cli, id: string, flags: CommonFlags): Promise<void> => {
  await withClient(cli, flags, ({ access }) => access.removeGrant(id));
  cli.io.out(flags.json ? jsonText({ id, removed: true }) : `grant ${id} is removed\n`);
};

const listGrants = async (cli: Cli, flags: CommonFlags, principal: string | undefined): Promise<void> => {
  const grants = await withClient(cli, flags, ({ access }) =>
    everyPage(async (page) => {
      const { grants: items, ...next } = await access.grants({ ...defined({ principal }), ...page });
      return { items, ...next };
    }),
  );
  if (flags.json) return cli.io.out(jsonText(grants));
  const rows = grants.map((grant) => [
    grant.principal,
    grant.role,
    grant.namespace,
    grant.project,
    grant.highestBand ?? 'critical',
    timeText(grant.expiresAt, cli.io.now()) ?? 'never',
    grant.id,
  ]);
  cli.io.out(
    tableText(
      ['principal', 'role', 'namespace', 'project', 'highest band', 'ends', 'id'],
      rows,
      pageOf(cli.io),
    ),
  );
};

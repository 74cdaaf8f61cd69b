import { PRINCIPAL_KINDS } from '@precedent/contract-types';
import type { NewKeyView, PrincipalKind } from '@precedent/contract-types';
import { formatDuration } from '@precedent/kernel';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withNamespaceFlag } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText, timeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import { requiredDuration } from '../time-argument.ts';
import { everyPage } from './access-pages.ts';

interface CreateFlags extends CommonFlags {
  readonly kind: PrincipalKind;
  readonly expires?: string;
}

interface RotateFlags extends CommonFlags {
  readonly overlap: string;
  readonly expires?: string;
}

const OVERLAP = '24h';

export const addKeys = (program: Command, cli: Cli): void => {
  const group = program.command('keys').description('the keys with which principals connect');
  const create = group
    .command('create')
    .argument('<principal>', 'the name of a person, an agent or a service')
    .description('make a key, and print it: once, it is stored nowhere')
    .addOption(
      new Option('--kind <kind>', 'what the principal is').choices(PRINCIPAL_KINDS).default('service'),
    )
    .option('--expires <duration>', 'it ends after this, such as 90d (never)');
  withNamespaceFlag(create).action((principal: string, flags: CreateFlags) =>
    createKey(cli, principal, flags),
  );
  const list = group.command('list').description('list keys, without their secrets');
  withNamespaceFlag(list).action((flags: CommonFlags) => listKeys(cli, flags));
  const rotate = group
    .command('rotate')
    .argument('<id>', 'the id of a key: the part between prec_ and the next _')
    .description('make a key that replaces another one, and print it; both are valid for a while')
    .option('--overlap <duration>', 'the other one ends after this', OVERLAP)
    .option('--expires <duration>', 'the new one ends after this (never)');
  withNamespaceFlag(rotate).action((id: string, flags: RotateFlags) => rotateKey(cli, id, flags));
  const revoke = group
    .command('revoke')
    .argument('<id>', 'the id of a key')
    .description('end a key now, with the connections that use it');
  withNamespaceFlag(revoke).action(async (id: string, flags: CommonFlags) => {
    await withClient(cli, flags, ({ access }) => access.revokeKey(id));
    cli.io.out(flags.json ? jsonText({ id, revoked: true }) : `key ${id} is revoked\n`);
  });
};

const endOf = (cli: Cli, expires: string | undefined) =>
  expires === undefined ? {} : { expiresAt: cli.io.now() + requiredDuration('--expires', expires) };

const createKey = async (
  cli: Cli,
  principal: string,
  { kind, expires, ...flags }: CreateFlags,
): Promise<void> => {
  const request = { principal, kind, ...endOf(cli, expires) };
  printKey(cli, flags, await withClient(cli, flags, ({ access }) => access.createKey(request)));
};

const rotateKey = async (
  cli: Cli,
  id: string,
  { overlap, expires, ...flags }: RotateFlags,
): Promise<void> => {
  const request = { id, overlapMs: requiredDuration('--overlap', overlap), ...endOf(cli, expires) };
  printKey(cli, flags, await withClient(cli, flags, ({ access }) => access.rotateKey(request)));
};

/** The key alone on stdout, so that a script can store it. */
const printKey = (cli: Cli, flags: CommonFlags, { key, ...made }: NewKeyView): void => {
  if (flags.json) return cli.io.out(jsonText({ key, ...made }));
  cli.io.out(`${key}\n`);
  const end =
    made.expiresAt === undefined ? '' : `, valid for ${formatDuration(made.expiresAt - cli.io.now())}`;
  cli.io.err(`key ${made.id} of ${made.principal} (${made.kind})${end}; it is not shown again\n`);
};

const listKeys = async (cli: Cli, flags: CommonFlags): Promise<void> => {
  const shown = await withClient(cli, flags, ({ access }) =>
    everyPage(async (page) => {
      const { keys: items, ...next } = await access.keys(page);
      return { items, ...next };
    }),
  );
  const now = cli.io.now();
  if (flags.json) return cli.io.out(jsonText(shown));
  const rows = shown.map(({ id, principal, kind, state, createdAt, expiresAt }) => [
    id,
    principal,
    kind,
    state,
    timeText(createdAt, now) ?? '',
    timeText(expiresAt, now) ?? 'never',
  ]);
  cli.io.out(tableText(COLUMNS, rows, pageOf(cli.io)));
};

const COLUMNS = ['id', 'principal', 'kind', 'state', 'created', 'ends'];

import { addKey, endOfKey, expireKey, revokeKey } from '@precedent/access';
import { PRINCIPAL_KINDS } from '@precedent/contract-types';
import type { AccessKey, PrincipalKind } from '@precedent/contract-types';
import { AppError, defined, formatDuration } from '@precedent/kernel';
import { newKey } from '@precedent/ports';
import type { AccessRegistry } from '@precedent/ports';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText, timeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import { requiredDuration } from '../time-argument.ts';
import { withAccess } from './access-registry.ts';

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
  withCommonFlags(create).action((principal: string, flags: CreateFlags) => createKey(cli, principal, flags));
  const list = group.command('list').description('list keys, without their secrets');
  withCommonFlags(list).action((flags: CommonFlags) => listKeys(cli, flags));
  const rotate = group
    .command('rotate')
    .argument('<id>', 'the id of a key: the part between prec_ and the next _')
    .description('make a key that replaces another one, and print it; both are valid for a while')
    .option('--overlap <duration>', 'the other one ends after this', OVERLAP)
    .option('--expires <duration>', 'the new one ends after this (never)');
  withCommonFlags(rotate).action((id: string, flags: RotateFlags) => rotateKey(cli, id, flags));
  const revoke = group
    .command('revoke')
    .argument('<id>', 'the id of a key')
    .description('end a key now, with the connections that use it');
  withCommonFlags(revoke).action(async (id: string, flags: CommonFlags) => {
    await withAccess(cli, flags, (registry) =>
      registry.change((state) => revokeKey(state, id, cli.io.now())),
    );
    cli.io.out(flags.json ? jsonText({ id, revoked: true }) : `key ${id} is revoked\n`);
  });
};

interface KeyWanted {
  readonly principal: string;
  readonly kind: PrincipalKind;
  readonly expires: string | undefined;
  readonly replaces?: string;
}

const storeNewKey = async (cli: Cli, registry: AccessRegistry, wanted: KeyWanted) => {
  const { principal, kind, expires, replaces } = wanted;
  const { text, id, sha256 } = newKey();
  const createdAt = cli.io.now();
  const expiresAt = expires === undefined ? undefined : createdAt + requiredDuration('--expires', expires);
  const key: AccessKey = {
    id,
    principal,
    kind,
    sha256,
    createdAt,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(replaces !== undefined && { replaces }),
  };
  await registry.change((state) => addKey(state, key));
  return { key: text, id, principal, kind, ...(expiresAt !== undefined && { expiresAt }) };
};

type StoredKey = Awaited<ReturnType<typeof storeNewKey>>;

const createKey = async (
  cli: Cli,
  principal: string,
  { kind, expires, ...flags }: CreateFlags,
): Promise<void> => {
  const made = await withAccess(cli, flags, (registry) =>
    storeNewKey(cli, registry, { principal, kind, expires }),
  );
  printKey(cli, flags, made);
};

const rotateKey = async (
  cli: Cli,
  id: string,
  { overlap, expires, ...flags }: RotateFlags,
): Promise<void> => {
  const overlapMs = requiredDuration('--overlap', overlap);
  const made = await withAccess(cli, flags, async (registry) => {
    const old = registry.keyOf(id);
    if (old === undefined) throw new AppError('INVALID_REQUEST', `there is no key ${id}`);
    const { principal, kind } = old;
    const stored = await storeNewKey(cli, registry, { principal, kind, expires, replaces: id });
    const now = cli.io.now();
    await registry.change((state) => expireKey(state, id, { at: now + overlapMs, now }));
    return stored;
  });
  printKey(cli, flags, made);
};

/** The key alone on stdout, so that a script can store it. */
const printKey = (cli: Cli, flags: CommonFlags, { key, ...made }: StoredKey): void => {
  if (flags.json) return cli.io.out(jsonText({ key, ...made }));
  cli.io.out(`${key}\n`);
  const end =
    made.expiresAt === undefined ? '' : `, valid for ${formatDuration(made.expiresAt - cli.io.now())}`;
  cli.io.err(`key ${made.id} of ${made.principal} (${made.kind})${end}; it is not shown again\n`);
};

const listKeys = async (cli: Cli, flags: CommonFlags): Promise<void> => {
  const keys = await withAccess(cli, flags, async (registry) => registry.keys());
  const now = cli.io.now();
  const shown = keys.map((key) => ({
    id: key.id,
    principal: key.principal,
    kind: key.kind,
    state: endOfKey(key, now) ?? 'valid',
    createdAt: key.createdAt,
    ...defined({ expiresAt: key.expiresAt, revokedAt: key.revokedAt, replaces: key.replaces }),
  }));
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

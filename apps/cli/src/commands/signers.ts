import { createPublicKey } from 'node:crypto';
import path from 'node:path';
import { AppError, defined, isAppError, messageOf } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withNamespaceFlag } from '../cli.ts';
import { readInput } from '../input-text.ts';
import { pageOf } from '../io.ts';
import { jsonText, timeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import { everyPage } from './access-pages.ts';

export const addSigners = (program: Command, cli: Cli): void => {
  const group = program.command('signers').description('the keys with which principals sign their tasks');
  const add = group
    .command('add')
    .argument('<principal>', 'the name of a person, an agent or a service')
    .argument('<file>', 'its key of Ed25519 as PEM: the public one, or the private one, which is not sent')
    .description('let a principal sign its tasks with a key')
    .addHelpText('after', '\nA new key: openssl genpkey -algorithm ed25519 -out signing.pem');
  withNamespaceFlag(add).action((principal: string, file: string, flags: CommonFlags) =>
    addSigner(cli, flags, { principal, publicKey: publicKeyIn(path.resolve(cli.io.cwd, file)) }),
  );
  const list = group
    .command('list')
    .argument('[principal]', 'of this principal only')
    .description('list the keys of signers, also removed ones');
  withNamespaceFlag(list).action((principal: string | undefined, flags: CommonFlags) =>
    listSigners(cli, flags, principal),
  );
  const remove = group
    .command('remove')
    .argument('<key>', 'its id (id=<id> where that begins with "-"), or its PEM file')
    .description('accept no more of what a key signs; what it signed before stays signed');
  withNamespaceFlag(remove).action(async (key: string, flags: CommonFlags) => {
    const id = ID.exec(key)?.[1] ?? publicKeyIn(path.resolve(cli.io.cwd, key));
    const removed = await withClient(cli, flags, ({ access }) => access.removeSigner(id));
    cli.io.out(flags.json ? jsonText(removed) : `signer ${id} of ${removed.principal} is removed\n`);
  });
};

const ID = /^(?:id=)?([A-Za-z0-9_-]{43})$/;

interface Given {
  readonly principal: string;
  readonly publicKey: string;
}

const addSigner = async (cli: Cli, flags: CommonFlags, given: Given): Promise<void> => {
  const signer = await withClient(cli, flags, ({ access }) => access.addSigner(given));
  cli.io.out(flags.json ? jsonText(signer) : `${signer.id}\n`);
};

const publicKeyIn = (file: string): string => {
  const pem = readInput(file);
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key.export({ format: 'jwk' }).x ?? '';
    throw notEd25519(file, `it is of type ${key.asymmetricKeyType}`);
  } catch (error) {
    throw isAppError(error) ? error : notEd25519(file, messageOf(error));
  }
};

const notEd25519 = (file: string, fact: string): AppError =>
  new AppError('INVALID_REQUEST', `${file} holds no key of Ed25519 as PEM: ${fact}`);

const listSigners = async (cli: Cli, flags: CommonFlags, principal: string | undefined): Promise<void> => {
  const signers = await withClient(cli, flags, ({ access }) =>
    everyPage(async (page) => {
      const { signers: items, ...next } = await access.signers({ ...defined({ principal }), ...page });
      return { items, ...next };
    }),
  );
  const now = cli.io.now();
  if (flags.json) return cli.io.out(jsonText(signers));
  const rows = signers.map(({ id, principal: of, createdAt, removedAt }) => [
    id,
    of,
    timeText(createdAt, now) ?? '',
    timeText(removedAt, now) ?? '',
  ]);
  cli.io.out(tableText(['id', 'principal', 'added', 'removed'], rows, pageOf(cli.io)));
};

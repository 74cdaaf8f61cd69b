import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createAccount } from '@nats-io/nkeys';
import type { INTERNAL_USERS } from '@precedent/contracts';
import { jsonFields, readText } from './files.ts';
import { natsFolder } from './nats-folder.ts';

/** The secrets of a nats-server that requires credentials. */
export interface NatsSecrets {
  /** The account that signs what a connection may do: the server trusts its public key, the engine signs with its seed. */
  readonly issuer: { readonly seed: string; readonly publicKey: string };
  /** Of our own programs. */
  readonly passwords: Readonly<Record<keyof typeof INTERNAL_USERS, string>>;
}

export interface NatsAccess extends NatsSecrets {
  /** First tokens of the subjects that cross accounts. */
  readonly root: string;
}

const PASSWORD_BYTES = 32;

/** The secrets of the own nats-server of a data folder, made at the first call. Only the owner can read their file. Lock the folder first. */
export const natsSecrets = (dataDir: string): NatsSecrets => {
  const { dir, secrets: file } = natsFolder(dataDir);
  const known = readText(file);
  if (known !== undefined) return jsonFields(known) as unknown as NatsSecrets;
  const made = newSecrets();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: 'wx' });
  return made;
};

const newSecrets = (): NatsSecrets => {
  const issuer = createAccount();
  const password = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');
  return {
    issuer: { seed: Buffer.from(issuer.getSeed()).toString(), publicKey: issuer.getPublicKey() },
    passwords: { cell: password(), callout: password(), system: password() },
  };
};

import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connectOptionsOf, natsOptionsOf, serverUrlOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { INTERNAL_USERS, credentialIn } from '@precedent/contracts';
import { hasNatsSecrets, natsSecrets, readAdminKey } from '@precedent/processes';

type Env = Readonly<Record<string, string | undefined>>;

/** Keys by server. */
type Logins = Readonly<Record<string, string>>;

/** The file with the keys of `precedent login`, in the configuration folder of the user. */
export const loginsFile = (env: Env): string =>
  path.join(env['XDG_CONFIG_HOME'] || path.join(env['HOME'] ?? '.', '.config'), 'precedent', 'keys.json');

const readLogins = (env: Env): Logins => {
  try {
    return JSON.parse(readFileSync(loginsFile(env), 'utf8')) as Logins;
  } catch {
    return {};
  }
};

/** Stores a key for a server; `undefined` removes it. Only the user can read the file. */
export const storeLogin = (env: Env, server: string, key: string | undefined): void => {
  const { [server]: _, ...others } = readLogins(env);
  const file = loginsFile(env);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const logins = { ...others, ...(key !== undefined && { [server]: key }) };
  writeFileSync(`${file}.new`, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
};

const LOOPBACK = /^([a-z]+:\/\/)?(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

/**
 * The key for the configured server where the configuration names no credential: that of `precedent login`, or, on this machine, that of
 * the local admin of the data folder.
 */
export const storedKey = (config: Config, env: Env): string | undefined => {
  const { token, user } = config.nats;
  if (token.isSet || user !== '') return undefined;
  const server = serverUrlOf(config);
  return (
    readLogins(env)[server] ?? (LOOPBACK.test(server) ? readAdminKey(config.storage.dataDir) : undefined)
  );
};

const tokenOf = (config: Config, env: Env) => {
  const token = storedKey(config, env);
  return token === undefined ? {} : { token };
};

/** How a command reaches the server through the SDK. */
export const clientOptions = (config: Config, env: Env) => ({
  ...connectOptionsOf(config, 'cli'),
  ...tokenOf(config, env),
});

/**
 * How a command reaches the streams of the server, which no key reaches: as one of our own programs, where the data folder of the server is
 * on this machine, or with the user of the configuration. `program` is shown by the server's monitoring.
 */
export const streamOptions = (config: Config, env: Env, program: string) => ({
  ...natsOptionsOf(config, program),
  ...(programUserOf(config) ?? tokenOf(config, env)),
});

const programUserOf = (config: Config) => {
  const { token, user } = config.nats;
  const { dataDir } = config.storage;
  const isHere = LOOPBACK.test(serverUrlOf(config)) && hasNatsSecrets(dataDir);
  if (token.isSet || user !== '' || !isHere) return undefined;
  return { user: INTERNAL_USERS.cell, pass: natsSecrets(dataDir).passwords.cell };
};

/** Whether a command has to use the services of the cell, because its credential is a key and the data folder is elsewhere. */
export const hasOnlyKey = (config: Config, env: Env): boolean => {
  const token = config.nats.token.isSet ? config.nats.token.reveal() : storedKey(config, env);
  return programUserOf(config) === undefined && token !== undefined && credentialIn(token) !== undefined;
};

import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connectOptionsOf, natsOptionsOf, serverUrlOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { readAdminKey } from '@precedent/processes';

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

/** How a command reaches the server itself. `program` is shown by the server's monitoring. */
export const serverOptions = (config: Config, env: Env, program: string) => ({
  ...natsOptionsOf(config, program),
  ...tokenOf(config, env),
});

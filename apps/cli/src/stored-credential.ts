import { connectOptionsOf, natsOptionsOf, serverUrlOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { INTERNAL_USERS, credentialOf } from '@precedent/contracts';
import { sha256 } from '@precedent/ports';
import { hasNatsSecrets, natsSecrets, readAdminKey, readGatewayKey } from '@precedent/processes';
import { hasLogin, loginFor } from './logins.ts';
import type { Env } from './logins.ts';

const LOOPBACK = /^([a-z]+:\/\/)?(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

/** The key of the local admin, where the server is that of the data folder. */
const adminKeyOf = (config: Config): string | undefined =>
  LOOPBACK.test(serverUrlOf(config)) ? readAdminKey(config.storage.dataDir) : undefined;

/** Where the configuration names a credential, what is stored does not count. */
const isNamed = ({ nats: { token, user } }: Config): boolean => token.isSet || user !== '';

/** The credential of `precedent login` for the configured server, or, on this machine, the key of the local admin of the data folder. */
const tokenOf = async (config: Config, env: Env) => {
  if (isNamed(config)) return {};
  const token = (await loginFor(env, serverUrlOf(config))) ?? adminKeyOf(config);
  return token === undefined ? {} : { token };
};

/** The credential with which a command calls the gateway; `undefined`: none is stored here. Throws like `loginFor`. */
export const gatewayCredential = async (config: Config, env: Env): Promise<string | undefined> => {
  const { token: named } = config.nats;
  if (named.isSet) return named.reveal();
  const login = await loginFor(env, serverUrlOf(config));
  if (login !== undefined) return typeof login === 'string' ? login : login();
  const { dataDir } = config.storage;
  return config.access.required ? readAdminKey(dataDir) : readGatewayKey(dataDir);
};

/** How a command reaches the server through the SDK. Throws like `loginFor`. */
export const clientOptions = async (config: Config, env: Env) => ({
  ...connectOptionsOf(config, 'cli'),
  ...(await tokenOf(config, env)),
});

/** How a command reaches the services without the SDK, as a caller like any other. Throws like `loginFor`. */
export const callerOptions = async (config: Config, env: Env, program: string) => ({
  ...natsOptionsOf(config, program),
  ...(await tokenOf(config, env)),
});

/**
 * How a command reaches the streams of the server, which no key reaches: as one of our own programs, where the data folder of the server is
 * on this machine, or with the user of the configuration. `program` is shown by the server's monitoring. Throws like `loginFor`.
 */
export const streamOptions = async (config: Config, env: Env, program: string) => ({
  ...natsOptionsOf(config, program),
  ...(programUserOf(config) ?? (await tokenOf(config, env))),
});

const programUserOf = (config: Config) => {
  const { dataDir } = config.storage;
  const isHere = LOOPBACK.test(serverUrlOf(config)) && hasNatsSecrets(dataDir);
  if (isNamed(config) || !isHere) return undefined;
  return { user: INTERNAL_USERS.cell, pass: natsSecrets(dataDir).passwords.cell };
};

/** Whether a command has to use the services of the cell, because it has a key or a token, and the data folder is elsewhere. */
export const hasOnlyCredential = async (config: Config, env: Env): Promise<boolean> => {
  if (programUserOf(config) !== undefined) return false;
  const { token } = config.nats;
  if (token.isSet) return (await credentialOf(token.reveal(), sha256)) !== undefined;
  return !isNamed(config) && (hasLogin(env, serverUrlOf(config)) || adminKeyOf(config) !== undefined);
};

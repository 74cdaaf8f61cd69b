import { envNameOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { INTERNAL_USERS } from '@precedent/contracts';
import { hasNatsSecrets, natsSecrets } from '@precedent/processes';
import type { NatsServerOptions } from '@precedent/processes';
import type { ProgramName } from '../scripts.ts';

/** What an own NATS server needs to require credentials. */
export const serverAccess = ({ access, root, storage }: Config): Pick<NatsServerOptions, 'access'> =>
  access.required ? { access: { ...natsSecrets(storage.dataDir), root } } : {};

/**
 * With what a program of ours connects to the own server: as a user that the server knows itself. Only an engine gets what checks the
 * credentials of others. On another server the configuration has it all.
 */
export const accessSettings = (
  { access, nats, storage }: Config,
  program: ProgramName,
): Record<string, string> => {
  if (!access.required) return {};
  const required = { [envNameOf('access.required')]: 'true' };
  if (nats.url !== '' || !hasNatsSecrets(storage.dataDir)) return required;
  const { issuer, passwords } = natsSecrets(storage.dataDir);
  const own = {
    ...required,
    [envNameOf('nats.token')]: '',
    [envNameOf('nats.user')]: INTERNAL_USERS.cell,
    [envNameOf('nats.password')]: passwords.cell,
  };
  if (program !== 'engine') return own;
  return {
    ...own,
    [envNameOf('access.issuer')]: issuer.seed,
    [envNameOf('access.calloutPassword')]: passwords.callout,
    [envNameOf('access.systemPassword')]: passwords.system,
  };
};

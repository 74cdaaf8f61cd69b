import type { Config } from '@precedent/config';
import { gatewaySecret } from '@precedent/processes';

/** The configured one, or that of the data folder. */
export const gatewaySecretOf = ({ gateway, storage }: Pick<Config, 'gateway' | 'storage'>): string =>
  gateway.secret.isSet ? gateway.secret.reveal() : gatewaySecret(storage.dataDir);

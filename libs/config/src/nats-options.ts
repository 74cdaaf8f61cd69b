import { defined } from '@precedent/kernel';
import type { Config } from './settings.ts';
import { clientTlsOf } from './tls-files.ts';

/** The addresses of the NATS servers, separated by commas. A server that listens everywhere is reached on this machine. */
export const serverUrlOf = ({ nats: { url, host, port, tls } }: Config): string => {
  const here = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return url === '' ? `${tls.cert === '' ? 'nats' : 'tls'}://${here}:${port}` : url;
};

const credentialsOf = ({ nats: { user, password, token } }: Config) => {
  if (user !== '') return { user, pass: password.reveal() };
  return token.isSet ? { token: token.reveal() } : {};
};

/**
 * How a program of this cell reaches its NATS server. The name is shown by the server's monitoring. Throws INVALID_CONFIG when a file
 * of `nats.tls` cannot be used.
 */
export const natsOptionsOf = (config: Config, program: string) => ({
  url: serverUrlOf(config),
  name: `precedent-${program}-${config.cell}`,
  ...credentialsOf(config),
  ...defined({ tls: clientTlsOf(config) }),
});

/** How the SDK reaches the server and the cell. The name is shown by the server's monitoring. Throws like `natsOptionsOf`. */
export const connectOptionsOf = (config: Config, program: string) => ({
  servers: config.nats.url === '' ? serverUrlOf(config) : config.nats.url.split(','),
  name: `precedent-${program}`,
  root: config.root,
  cell: config.cell,
  namespace: config.namespace,
  ...credentialsOf(config),
  ...defined({ tls: clientTlsOf(config) }),
});

/** What the services need to know of the access to a cell. */
export const gateOptionsOf = ({ root, access, nats }: Config) => ({
  root,
  required: access.required,
  auditBytes: access.auditSize,
  issuers: access.issuers,
  replicas: nats.replicas,
});

/** How an engine reaches the server as the user that checks credentials, or that ends connections. */
export const accessUserOf = (config: Config, user: 'callout' | 'system') => {
  const { calloutPassword, systemPassword } = config.access;
  const password = user === 'callout' ? calloutPassword : systemPassword;
  const name = `precedent-${user}-${config.cell}`;
  return {
    url: serverUrlOf(config),
    name,
    user: `precedent-${user}`,
    pass: password.reveal(),
    ...defined({ tls: clientTlsOf(config) }),
  };
};

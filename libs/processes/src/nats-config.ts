import { ACCOUNTS, INTERNAL_USERS, crossedSubjects } from '@precedent/contracts';
import type { CrossedSubjects } from '@precedent/contracts';
import type { NatsAccess } from './nats-access.ts';
import type { NatsFolder } from './nats-folder.ts';

export interface NatsConfigOptions {
  readonly folder: NatsFolder;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Bytes. */
  readonly maxPayload: number;
  /** An fsync before every acknowledgement; without it the system writes within two minutes. */
  readonly syncAlways: boolean;
  /** Either a token, or a user with a password. */
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  /** Encrypts the store. It is not in the file: the server reads it from the environment. */
  readonly encryptionKey?: string | undefined;
  /** With a certificate the server takes secure connections only. */
  readonly tls?: NatsServerTls | undefined;
  /** Every connection needs a credential; token, user and password are not used then. */
  readonly access?: NatsAccess;
}

/** Files in PEM. */
export interface NatsServerTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities that sign the certificates of clients. */
  readonly caFile?: string;
  /** Whether every client has to present one. */
  readonly verify: boolean;
}

/** Bytes that may wait for a slow reader. A client of ours reads late when a large batch is admitted. */
const MAX_PENDING = 268_435_456;

const KEY_VARIABLE = 'PRECEDENT_STORE_KEY';

/** The environment that the configuration refers to. The server parses a value as a piece of configuration. */
export const natsEnvironment = ({ encryptionKey }: Pick<NatsConfigOptions, 'encryptionKey'>) =>
  encryptionKey === undefined ? {} : { [KEY_VARIABLE]: quoted(encryptionKey) };

/** The configuration file of the own nats-server. */
export const natsConfig = (options: NatsConfigOptions): string => {
  const { folder, host, port, maxPayload, syncAlways } = options;
  const lines = [
    '# Written by precedent at every start: changes here are lost.',
    `listen: ${quoted(`${host.includes(':') ? `[${host}]` : host}:${port === 0 ? -1 : port}`)}`,
    'jetstream {',
    `  store_dir: ${quoted(folder.store)}`,
    ...(syncAlways ? ['  sync_interval: always'] : []),
    ...(options.encryptionKey === undefined ? [] : ['  cipher: aes', `  key: $${KEY_VARIABLE}`]),
    '}',
    `max_payload: ${maxPayload}`,
    `max_pending: ${MAX_PENDING}`,
    `pid_file: ${quoted(folder.pid)}`,
    `ports_file_dir: ${quoted(folder.dir)}`,
    // A file, not a pipe: when the process that started it is killed, the server still has to end in good order.
    `log_file: ${quoted(folder.log)}`,
    'logfile_size_limit: 16777216',
    'logfile_max_num: 4',
    ...tlsLines(options),
    ...authorization(options),
  ];
  return `${lines.join('\n')}\n`;
};

const tlsLines = ({ tls }: NatsConfigOptions): string[] => {
  if (!tls) return [];
  return [
    'tls {',
    `  cert_file: ${quoted(tls.certFile)}`,
    `  key_file: ${quoted(tls.keyFile)}`,
    ...(tls.caFile === undefined ? [] : [`  ca_file: ${quoted(tls.caFile)}`]),
    `  verify: ${tls.verify}`,
    '}',
  ];
};

const authorization = ({ access, token, user, password }: NatsConfigOptions): string[] => {
  if (access) return accessLines(access);
  if (token) return [`authorization { token: ${quoted(token)} }`];
  if (user) return [`authorization { user: ${quoted(user)}, password: ${quoted(password ?? '')} }`];
  return [];
};

/** Seconds that a check of a credential may take; also how long a client waits while no engine runs. */
const CHECK_SECONDS = 4;
/** A token of an OpenID provider may name all groups of a person, and it is a part of one line. Bytes; 4,096 by default. */
const LINE_BYTES_MAX = 32_768;
/** How long an answer may take to cross accounts. A `wait` takes 30 s at most. */
const ANSWER_LIMIT = '5m';

/** Our programs are users of the server; it puts every other connection to the engine as a question, and into an account of its own. */
const accessLines = ({ root, issuer, passwords }: NatsAccess): string[] => {
  const { clients, workers } = crossedSubjects(root);
  const users = (name: keyof typeof INTERNAL_USERS): string =>
    `users: [{ user: ${quoted(INTERNAL_USERS[name])}, password: ${quoted(passwords[name])} }]`;
  return [
    'accounts {',
    `  ${ACCOUNTS.system} { ${users('system')} }`,
    `  ${ACCOUNTS.callout} { ${users('callout')} }`,
    `  ${ACCOUNTS.cell} {`,
    '    jetstream: enabled',
    `    ${users('cell')}`,
    '    exports: [',
    ...workers.services.map(
      (one) => `      { service: ${quoted(one)}, response_threshold: "${ANSWER_LIMIT}" }`,
    ),
    ...workers.streams.map((one) => `      { stream: ${quoted(one)} }`),
    '    ]',
    '  }',
    ...importLines(ACCOUNTS.clients, clients),
    ...importLines(ACCOUNTS.workers, workers),
    '}',
    `system_account: ${ACCOUNTS.system}`,
    `max_control_line: ${LINE_BYTES_MAX}`,
    'authorization {',
    `  timeout: ${CHECK_SECONDS}`,
    '  auth_callout {',
    `    issuer: ${issuer.publicKey}`,
    `    account: ${ACCOUNTS.callout}`,
    `    auth_users: [${Object.values(INTERNAL_USERS).map(quoted).join(', ')}]`,
    '  }',
    '}',
  ];
};

const importLines = (account: string, { services, streams }: CrossedSubjects): string[] => [
  `  ${account} {`,
  '    imports: [',
  ...services.map((one) => `      { service: { account: ${ACCOUNTS.cell}, subject: ${quoted(one)} } }`),
  ...streams.map((one) => `      { stream: { account: ${ACCOUNTS.cell}, subject: ${quoted(one)} } }`),
  '    ]',
  '  }',
];

/** The escapes of JSON are understood by the server too. */
const quoted = (text: string): string => JSON.stringify(text);

import { LOG_LEVELS, withoutCredentials } from '@precedent/kernel';
import { z } from 'zod';
import { issuers } from './issuers.ts';
import { bytes, choice, count, duration, flag, labels, list, port, secret, text, token } from './leaf.ts';
import { policySections } from './policy-schema.ts';

const url = /^$|^((nats|tls|ws|wss):\/\/)?[^\s,]+(,((nats|tls|ws|wss):\/\/)?[^\s,]+)*$/;
const otlpUrl = /^$|^https?:\/\/[^\s/]+(\/\S*)?$/;
const taskType = { expected: 'task types', pattern: /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/ };
const word = { expected: 'names of letters, digits, "_" and "-"', pattern: /^[A-Za-z0-9_-]{1,64}$/ };
const clearance = { expected: 'security labels, or "*" for all', pattern: /^([A-Za-z0-9_-]{1,64}|\*)$/ };
const hostPattern = { expected: 'hosts, "*.example.org" or "host:port"', pattern: /^\S+$/ };

/** What the worker that comes with the engine can do. */
const BUILT_IN = [
  'command',
  'http',
  'text.process',
  'document.process',
  'vectors.update',
  'vector.compute',
  'model.infer',
  'storage.put',
  'storage.get',
  'storage.copy',
  'storage.delete',
  'storage.list',
  'report.generate',
  'data.export',
  'system.maintenance',
  'vectors.reembed',
  'system.bulk',
];

const filePath = () => text('', { expected: 'a path' });

interface BandDefaults {
  readonly queueTimeout: string;
  readonly grace: string;
  readonly aging: string;
}

const band = ({ queueTimeout, grace, aging }: BandDefaults) =>
  z.strictObject({
    /** The longest wait from submission to the first start, where the task names none. Milliseconds. */
    queueTimeout: duration(queueTimeout),
    /** Between the request to stop and the forced end of running code. Milliseconds. */
    grace: duration(grace, 0),
    /** Waiting tasks; more are refused with QUEUE_FULL. */
    maxWaiting: count(2_000_000, [1, 100_000_000]),
    /** Bytes of all waiting tasks together. */
    maxWaitingBytes: bytes('1GiB', ['1MiB', '1TiB']),
    /** A task that waited this long is ordered as one of the next band. Milliseconds; 0: never. */
    aging: duration(aging, 0),
  });

/**
 * Every key of `precedent.yaml`, its default and what it may be. Afterwards durations are milliseconds and sizes bytes, and
 * an empty text means: not set.
 */
export const configSchema = z.strictObject({
  /** The cell that this engine or worker belongs to. */
  cell: token('main'),
  /** First tokens of every subject. */
  root: text('precedent.v1', {
    expected: 'words of letters, digits, "_" and "-", joined by dots',
    pattern: /^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,7}$/,
  }),
  /** Of tasks that name none. */
  namespace: token('default'),
  /** Of tasks that name none. */
  project: token('default'),
  /** Which task events are published on NATS. */
  events: choice('all', ['all', 'settled', 'off']),
  server: z.strictObject({
    host: text('127.0.0.1', { expected: 'a host', pattern: /^\S+$/ }),
    metricsPort: port(9_090),
  }),
  nats: z.strictObject({
    /** Of a running server, several with commas. Empty: an own server is started. */
    url: text('', {
      expected: 'a NATS URL such as "nats://127.0.0.1:4222"',
      pattern: url,
      print: withoutCredentials,
    }),
    /** Of the own server. */
    host: text('127.0.0.1', { expected: 'a host', pattern: /^\S+$/ }),
    port: port(4_222),
    /** Path of the nats-server program, or its name on PATH. Empty: the one that npm brings. */
    binary: text('', { expected: 'a path, or the name of a program on PATH' }),
    token: secret(),
    user: text(''),
    password: secret(),
    /** Files in PEM. The own server offers TLS when it has a certificate; our programs then accept nothing else. */
    tls: z.strictObject({
      /** Authorities that sign the certificates. Empty: those that the system knows. */
      ca: filePath(),
      /** The certificate of the own server, and of our programs. Empty: no TLS, if `nats.url` and `nats.tls.ca` do not require it. */
      cert: filePath(),
      /** The private key of the certificate. */
      key: filePath(),
      /** Whether the own server requires a certificate of every client, signed by `nats.tls.ca`. */
      verify: flag(false),
    }),
    /** The largest message. Bytes. */
    maxPayload: bytes('8MiB', ['1MiB', '64MiB']),
    /** Encrypts the store of the own server; at least 32 characters. A store keeps its key: without it nothing can be read. */
    encryptionKey: secret(),
    /** File with the key, in place of the key. */
    encryptionKeyFile: filePath(),
    /** Every write reaches the disk before it is acknowledged. */
    syncAlways: flag(true),
    /** Copies of every stream, bucket and object store, each on another server of the cluster. More than 1 needs `nats.url`. */
    replicas: count(1, [1, 5]),
  }),
  access: z.strictObject({
    /** Whether every client needs a key or a token, and may do only what was granted to its principal. */
    required: flag(false),
    /** OpenID providers: with a token of one of them a client connects without a key. */
    issuers: issuers(),
    /** Of the audit trail. What must be recorded is refused when it is full. Bytes. */
    auditSize: bytes('1GiB', ['1MiB', '1TiB']),
    /** No OpenID provider: the seed of the account that signs what a connection may do (`SA…`). Empty: one is made for the own server, in the data folder. */
    issuer: secret(),
    /** Of the user `precedent-callout`. Empty: one is made for the own server. */
    calloutPassword: secret(),
    /** Of the user `precedent-system`, which ends connections. Empty: one is made for the own server; on another one connections last an hour. */
    systemPassword: secret(),
  }),
  storage: z.strictObject({
    /** Absolute afterwards; in the file relative to the file's folder. */
    dataDir: text('./.precedent', { expected: 'a path', pattern: /./ }),
    /** Milliseconds. */
    journalRetention: duration('24h'),
  }),
  history: z.strictObject({
    /** Whether `up` starts the history. */
    enabled: flag(true),
    /** How long settled tasks are kept. Milliseconds. */
    retention: duration('30d', 1_000),
  }),
  execution: z.strictObject({
    /** Slots of the built-in worker. */
    maxConcurrent: count(10, [1, 10_000]),
    /** Express slots of the built-in worker, above its slots, for urgent work that finds all slots taken. Percent of the slots, rounded up. */
    expressPercent: count(10, [0, 100]),
    /** The longest attempt, where the task names none. Milliseconds. */
    timeout: duration('5m'),
    /** Tries after the first one, where the task names none. */
    retries: count(3, [0, 100]),
    /** Before the first retry. Milliseconds. */
    retryDelay: duration('1s', 0),
    /** A graceful stop ends by then. Milliseconds. */
    stopTimeout: duration('30s', 0),
    /** A forced stop ends by then. Milliseconds. */
    forceTimeout: duration('5s', 0),
  }),
  bands: z.strictObject({
    critical: band({ queueTimeout: '1m', grace: '5s', aging: 'none' }),
    high: band({ queueTimeout: '10m', grace: '5s', aging: 'none' }),
    normal: band({ queueTimeout: '1h', grace: '5s', aging: '10m' }),
    low: band({ queueTimeout: '24h', grace: '2s', aging: '30m' }),
  }),
  preemption: z.strictObject({
    /** Whether urgent work may take the place of lower work that runs. */
    enabled: flag(true),
    /** Of a pool, and of bands: the policy, as `precedent simulate` tries it. */
    ...policySections,
  }),
  /** Settled tasks that the engine still answers for. */
  recent: z.strictObject({
    maxTasks: count(10_000, [0, 10_000_000]),
    maxBytes: bytes('64MiB', ['0', '64GiB']),
  }),
  idempotency: z.strictObject({
    /** Milliseconds. */
    retention: duration('24h'),
    maxKeys: count(1_000_000, [1, 100_000_000]),
  }),
  worker: z.strictObject({
    /** Stable and unique within the cell. Empty: made from the host's name. */
    name: text('', { expected: word.expected, pattern: /^[A-Za-z0-9_-]{0,64}$/ }),
    types: list(BUILT_IN, taskType),
    pools: list(['default'], word),
    /** Security labels of tasks that the worker may run; "*": all. Empty: none where access is required, all where it is open. */
    clearances: list([], clearance),
    /** Folders that tasks other than commands may read from and write to. Empty: none. */
    roots: list([], { expected: 'absolute paths', pattern: /^\// }),
    labels: labels(),
    /** Kept output of one attempt. Bytes. */
    outputCap: bytes('1MiB', ['0', '1GiB']),
    /** The user as whom commands run, where the worker may switch (root). Empty: the user of the worker. */
    commandUser: text('', {
      expected: 'the name of a user',
      pattern: /^([A-Za-z_][A-Za-z0-9_.-]{0,31}\$?)?$/,
    }),
    /** Secrets that tasks refer to by `secret://<name>`, in `env` of commands, and in headers and body of HTTP calls. */
    secrets: z.strictObject({
      /** Folder with a file `<namespace>/<name>` for each secret. */
      folder: filePath(),
      /** Variables of the worker that are secrets for tasks of the default namespace: this, then the name in capitals with "_". */
      prefix: text('', { expected: 'capital letters, digits and "_"', pattern: /^([A-Z][A-Z0-9_]*)?$/ }),
    }),
    http: z.strictObject({
      /** Hosts that HTTP tasks may call; where both lists match, `deny` wins. */
      allow: list([], hostPattern),
      deny: list([], hostPattern),
    }),
    /** What a busy machine means for the worker: below `high` it takes everything, then fewer tasks at once and nothing new of low bands. */
    load: z.strictObject({
      /** Whether it watches its machine. If not, it fills all its slots whatever the load. */
      enabled: flag(true),
      /** Processor use from which on the load is high. Percent. */
      cpu: count(80, [1, 100]),
      /** Memory in use from which on the load is high. Percent. */
      memory: count(80, [1, 100]),
      /** Disk in use, below `storage.dataDir`, from which on the load is high. Percent. */
      disk: count(90, [1, 100]),
      /** Time spent waiting for disks from which on the load is high. Percent. */
      ioWait: count(30, [1, 100]),
    }),
    /** A silent worker loses its tasks after this. Milliseconds. */
    lease: duration('10s', 100),
    /** Between two signs of life. Milliseconds. */
    heartbeat: duration('2s', 10),
  }),
  /** What remembers by meaning. */
  vectorizer: z.strictObject({
    /** Whether `precedent up` starts it. */
    enabled: flag(true),
    /** Of a running Qdrant. Empty: an own one is started. */
    url: text('', {
      expected: 'a URL such as "http://127.0.0.1:6333"',
      pattern: otlpUrl,
      print: withoutCredentials,
    }),
    /** Of the running Qdrant, or for the own one. Empty: one is made for the own one, in the data folder. */
    apiKey: secret(),
    /** File in PEM with authorities that sign the certificate of a running Qdrant, in addition to those that the system knows. */
    ca: filePath(),
    /** HTTP port of the own one; 0: any free one. */
    port: port(0),
    /** Path of the qdrant program, or its name on PATH. Empty: the one that npm brings. */
    binary: text('', { expected: 'a path, or the name of a program on PATH' }),
    /** Folder of the embedding model. Empty: the one in node_modules. */
    modelDir: text('', { expected: 'a path' }),
    /** Models that embed at the same time when there is much to do; each takes a thread and 100 MB. */
    models: count(2, [1, 16]),
    /** What vectors, graphs and indexes in Qdrant take of the memory at most, as estimated; the largest collections are then read from the disk. Bytes. */
    memory: bytes('1GiB', ['1MiB', '1TiB']),
    /** What happened longer ago is forgotten. Milliseconds. */
    retention: duration('90d'),
  }),
  /** What serves the operations over HTTP. */
  gateway: z.strictObject({
    /** Whether `precedent up` starts it. */
    enabled: flag(true),
    /** Files in PEM: with them it serves https only. They are read again when they change. */
    tls: z.strictObject({
      cert: filePath(),
      /** The private key of the certificate. */
      key: filePath(),
    }),
    /** Every request needs a key. Off loopback use TLS, here or in a proxy before it. */
    host: text('127.0.0.1', { expected: 'a host', pattern: /^\S+$/ }),
    /** 0: any free one. */
    httpPort: port(16_080),
    /** 0: any free one. */
    grpcPort: port(16_081),
    /** Of the tools for agents (MCP); 0: any free one. */
    mcpPort: port(16_082),
    /** Names for which requests are answered, such as those that a proxy passes on. Loopback and addresses are: a web page cannot pretend to be these. */
    hosts: list([], { expected: 'names of hosts without a port', pattern: /^[\w.-]+$/ }),
    limits: z.strictObject({
      /** Of one credential, on average of ten seconds. Several gateways divide it among themselves. */
      requestsPerSecond: count(10_000, [1, 1_000_000]),
      /** Of one credential, answered at the same time, with long polls and streams. */
      inFlight: count(1_000, [1, 1_000_000]),
      /** Of one address, at each port. */
      connections: count(1_000, [1, 1_000_000]),
      /** Wrong credentials from one address, a minute; then it waits. Divided likewise. */
      refusalsPerMinute: count(1_000, [1, 1_000_000]),
    }),
    /** How long the session of a browser lasts, however often it is renewed. Milliseconds. */
    sessionMax: duration('12h'),
    /** Of metrics for Prometheus, on `server.host`; 0: any free one. */
    metricsPort: port(9_091),
    /** For so long requests are answered after health has said that the gateway stops, so that load balancers learn of it. Off loopback only. */
    drainDelay: duration('3s', 0),
    /** Hosts of private networks that webhooks may call: names, `*.domain`, addresses and ranges. `worker.http` also holds for webhooks. */
    webhookHosts: list([], hostPattern),
    /** Agents get no tool that changes anything. */
    mcpReadOnly: flag(false),
    /** Of tools for agents, such as `tasks:read, history` (docs/mcp.md); none: all of them. A connection may choose fewer. */
    mcpToolsets: list([], { expected: 'toolsets', pattern: /^[a-z]+(:[a-z]+)?$/ }),
    /** Seals cursors, handles and the secrets of webhooks; at least 32 characters, the same for all gateways of a cell. Empty: one is made in the data folder. */
    secret: secret(),
  }),
  monitoring: z.strictObject({
    logLevel: choice('info', LOG_LEVELS),
    /** Whether engine and gateway serve metrics for Prometheus, at `server.metricsPort` and `gateway.metricsPort`. */
    metrics: flag(true),
    /** Of a collector that takes spans by OTLP over HTTP. Empty: no spans are made. */
    otlpUrl: text('', {
      expected: 'a URL such as "http://127.0.0.1:4318"',
      pattern: otlpUrl,
      print: withoutCredentials,
    }),
    /** Share of the tasks whose runs become spans. Decisions about preemption, and those who are part of one, always do. */
    tracePercent: count(100, [0, 100]),
  }),
});

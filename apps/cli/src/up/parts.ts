import type { Config } from '@precedent/config';
import { encryptionKeyOf, envNameOf, isSettingName, serverTlsOf } from '@precedent/config';
import {
  VERSION,
  OPTIONAL_PART_POLICY,
  RESTART_POLICY,
  checkNatsDiskSpace,
  findNatsServer,
  supervise,
  lockDataDir,
  lockForPart,
  removeAdminKey,
  reachableHost,
  startChild,
  startNatsServer,
} from '@precedent/processes';
import type { Child, NatsServer, StopLimits, Supervised } from '@precedent/processes';
import { accessSettings, serverAccess } from './access.ts';
import { programArgs } from '../scripts.ts';
import type { ProgramName } from '../scripts.ts';
import { reloadCertificates } from './certificates.ts';
import type { PartName, UpReport } from './up-report.ts';

/** What a part needs to start. */
export interface PartContext {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: UpReport;
  readonly scripts: Scripts;
  /** Aborted when `up` has to stop: a start under way is given up. */
  readonly signal: AbortSignal;
}

/** A part that runs. */
export interface Part {
  readonly name: PartName;
  /** Rejects when the part ended too often and the others need it. */
  readonly gaveUp: Promise<never>;
  /** Resolves when the part has ended. May be called again with shorter limits. */
  readonly stop: (limits: StopLimits) => Promise<void>;
}

/** A program of ours that runs. */
export interface ProgramPart extends Part {
  /** Sends a message to the process that runs now. */
  readonly send: Child['send'];
}

export interface NatsPart extends Part {
  readonly url: string;
}

/** Locks the data folder, and starts a nats-server on it. */
export const startNats = async (context: PartContext): Promise<NatsPart> => {
  const { config, env, report, signal } = context;
  const { dataDir } = config.storage;
  const lock = await lockDataDir(dataDir, { version: VERSION });
  try {
    if (lock.orphan !== undefined)
      report.note(`ended the orphaned nats-server of an earlier run (process ${lock.orphan})`);
    checkNatsDiskSpace(dataDir);
    if (!config.access.required) removeAdminKey(dataDir);
    const { binary, version } = await findNatsServer({ path: config.nats.binary, env, cacheDir: dataDir });
    report.starting('nats', `nats-server ${version}, data in ${dataDir}`);
    let port = config.nats.port;
    const supervised = await supervise({
      ...watched('nats', report, (server: NatsServer) => server.url),
      // A restart uses the same port, also when the system chose it: the other parts know the address.
      start: async () => {
        const options = { ...natsOptions(config), ...serverAccess(config) };
        const server = await startNatsServer({ binary, dataDir, ...options, port, signal });
        ({ port } = server);
        return server;
      },
    });
    const { url } = supervised.current();
    report.started('nats', url);
    const stopWatching = reloadCertificates(config, report, () => supervised.current().reload());
    return { ...natsPart(supervised, lock.release, stopWatching), url };
  } catch (error) {
    lock.release();
    throw error;
  }
};

const natsOptions = (config: Config) => {
  const { host, maxPayload, syncAlways, token, user, password } = config.nats;
  return {
    tls: serverTlsOf(config, reachableHost(host)),
    encryptionKey: encryptionKeyOf(config),
    host,
    maxPayload,
    syncAlways,
    ...(token.isSet && { token: token.reveal() }),
    ...(user !== '' && { user, password: password.reveal() }),
  };
};

const natsPart = (
  supervised: Supervised<NatsServer>,
  release: () => void,
  stopWatching: () => void,
): Part => ({
  name: 'nats',
  gaveUp: supervised.gaveUp,
  stop: async ({ stopMs, forceMs }) => {
    stopWatching();
    await supervised.stop((server) => server.stop(stopMs + forceMs));
    release();
  },
});

/** The arguments of node for each program. */
export type Scripts = Readonly<Record<ProgramName, readonly string[]>>;

/**
 * The programs of this repository. All engines of one `up` are the same owner of the cell: one that is started again need not
 * wait until the lease of the one before has ended.
 */
export const scriptsOf = (owner: string): Scripts => ({
  engine: [...programArgs('engine'), '--owner', owner],
  history: programArgs('history'),
  worker: programArgs('worker'),
  vectorizer: programArgs('vectorizer'),
  gateway: programArgs('gateway'),
});

/** Where a program finds the servers of this machine. Empty: there is none. */
export interface Servers {
  readonly nats: string;
  readonly qdrant: string;
  /** Of the own Qdrant. Empty: the configured one holds. */
  readonly qdrantKey: string;
}

/** Starts one of our programs as a child that knows the effective settings. */
export const startProgram = async (
  name: ProgramName,
  { config, env, report, scripts, signal }: PartContext,
  servers: Servers,
): Promise<ProgramPart> => {
  const release = lockFor(name, config);
  report.starting(name);
  const starting = supervise({
    ...watched(name, report, readyText),
    start: () =>
      startChild({
        name,
        args: scripts[name],
        env: withoutSettings(env),
        settings: { ...env, ...settingsFor(config, servers), ...accessSettings(config, name) },
        onLine: (line) => report.line(name, line),
        onProgress: (text) => report.starting(name, text),
        signal,
      }),
  });
  starting.catch(release);
  const supervised = await starting;
  report.started(name, readyText(supervised.current()));
  return {
    name,
    gaveUp: supervised.gaveUp,
    send: (kind, content) => supervised.current().send(kind, content),
    stop: async (limits) => {
      await supervised.stop((child) => child.stop(limits));
      release();
    },
  };
};

/** Two programs of a kind do not share a data folder, except workers with names of their own. An engine keeps nothing there. */
const lockFor = (name: ProgramName, { storage, worker }: Config): (() => void) =>
  name === 'engine' || (name === 'worker' && worker.name !== '')
    ? () => undefined
    : lockForPart(storage.dataDir, name);

const readyText = ({ pid, fields }: Child): string => {
  const { standbyFor, http, grpc, mcp } = fields;
  if (typeof http === 'string') return `${http}, gRPC ${String(grpc)}, MCP ${String(mcp)}, process ${pid}`;
  const state = typeof standbyFor === 'string' ? `, standing by: ${standbyFor} has the cell` : '';
  return `process ${pid}${state}`;
};

const withoutSettings = (env: PartContext['env']): PartContext['env'] =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !isSettingName(name)));

/** A child reads the same file and variables; what the flags changed travels as variables too. */
const settingsFor = (config: Config, { nats, qdrant, qdrantKey }: Servers): Record<string, string> => ({
  ...(config.file !== '' && { PRECEDENT_CONFIG: config.file }),
  [envNameOf('nats.url')]: nats,
  ...(qdrant !== '' && { [envNameOf('vectorizer.url')]: qdrant }),
  ...(qdrantKey !== '' && { [envNameOf('vectorizer.apiKey')]: qdrantKey }),
  [envNameOf('root')]: config.root,
  [envNameOf('cell')]: config.cell,
  [envNameOf('storage.dataDir')]: config.storage.dataDir,
  [envNameOf('history.enabled')]: String(config.history.enabled),
  [envNameOf('history.retention')]: String(config.history.retention),
  [envNameOf('worker.roots')]: config.worker.roots.join(','),
  [envNameOf('execution.maxConcurrent')]: String(config.execution.maxConcurrent),
});

/** Without them tasks are still accepted, and everything else works as before. */
const MAY_MISS: ReadonlySet<PartName> = new Set(['qdrant', 'history', 'worker', 'vectorizer', 'gateway']);

export const watched = <T>(name: PartName, report: UpReport, readyText: (running: T) => string) => ({
  name: name === 'nats' ? 'nats-server' : name,
  policy: MAY_MISS.has(name) ? OPTIONAL_PART_POLICY : RESTART_POLICY,
  onRestart: (reason: string, delayMs: number) => report.restarting(name, reason, delayMs),
  onRunning: (running: T) => report.started(name, readyText(running)),
});

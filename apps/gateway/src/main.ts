import { gateOptionsOf, gatewayTlsOf, isSettingName, loadConfig, natsOptionsOf } from '@precedent/config';
import type { Operation } from '@precedent/contracts';
import { openGrpcServer } from '@precedent/grpc';
import { openHttpServer } from '@precedent/http';
import { lineLogger } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { openMcpServer } from '@precedent/mcp';
import {
  JournalFeed,
  callerScopes,
  connectNats,
  isServing,
  linkStateOf,
  natsOperationCalls,
  openGate,
  readingHistory,
} from '@precedent/nats';
import { textSeal } from '@precedent/ports';
import {
  VERSION,
  announceProgress,
  announceReady,
  exitWithParent,
  onStopSignals,
  printLine,
  runProgram,
  startConfigured,
} from '@precedent/processes';
import { openListeners, rateLimited } from '@precedent/web-server';
import { authenticator } from './authenticate.ts';
import { browserSessions } from './browser-sessions.ts';
import { gatewaySecretOf } from './gateway-secret.ts';
import { renewCertificates } from './renew-certificates.ts';
import { servedCalls } from './served-calls.ts';

/** Between the engine and what may wait. */
const NICE = 0;

const run = async (): Promise<void> => {
  const config = await startConfigured({ isSettingName, loadConfig, nice: NICE });
  const log = lineLogger(config.monitoring.logLevel, printLine);
  announceProgress('connecting to NATS');
  const nc = await connectNats(natsOptionsOf(config, 'gateway'));
  const gate = await openGate({ nc, service: 'gateway', ...gateOptionsOf(config) }, Date.now);
  const link = linkStateOf(nc);
  const { host, hosts, limits, httpPort, grpcPort, mcpPort, mcpReadOnly } = config.gateway;
  const common = {
    host,
    hosts: [host, ...hosts],
    connectionsMax: limits.connections,
    version: VERSION,
    calls: servedCalls(readingHistory(natsOperationCalls(nc, config.root)), gate !== undefined),
    authenticate: rateLimited(authenticator(config, gate), {
      requestsPerSecond: limits.requestsPerSecond,
      refusalsPerMinute: limits.refusalsPerMinute,
    }),
    tls: gatewayTlsOf(config),
    onFault: ({ code, message }: Problem) => log('error', () => `${code} ${message}`),
  };
  const events = new JournalFeed({ calls: common.calls, scopeOf: callerScopes(gate) });
  const secret = gatewaySecretOf(config);
  const pages = { cursorSeal: textSeal(secret, 'cursor'), sessions: browserSessions(config, secret) };
  const agents = {
    taskSeal: textSeal(secret, 'mcp-task'),
    retentionMs: config.history.retention,
    readOnly: mcpReadOnly,
    issuers: config.access.issuers.map(({ issuer }) => issuer),
  };
  const health = {
    problem: () => (link.isUp() ? undefined : 'no connection to NATS'),
    isServing: (service: Operation['service']) => isServing(nc, service),
  };
  const opened = await openListeners({
    http: () =>
      openHttpServer({ ...common, ...pages, port: httpPort, health, events, inFlightMax: limits.inFlight }),
    grpc: () => openGrpcServer({ ...common, port: grpcPort, health, events }),
    mcp: () => openMcpServer({ ...common, ...agents, port: mcpPort }),
  });
  const listeners = Object.values(opened);
  const stopWatching = renewCertificates({ config, listeners, log });
  const leave = async (code: number): Promise<never> => {
    stopWatching();
    await Promise.all(listeners.map((listener) => listener.close()));
    await gate?.audit.close();
    await nc.close().catch(() => undefined);
    process.exit(code);
  };
  onStopSignals({ stop: () => void leave(0).catch(() => process.exit(1)), force: () => process.exit(130) });
  exitWithParent(() => leave(0));
  const addresses = Object.entries(opened).map(([name, { url }]) => [name, url] as const);
  printLine(addresses.map((address) => address.join(' ')).join(', '));
  announceReady({ cell: config.cell, ...Object.fromEntries(addresses) });
};

runProgram(run);

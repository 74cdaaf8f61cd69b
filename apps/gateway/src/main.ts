import {
  gateOptionsOf,
  gatewayTlsOf,
  isLoopback,
  isSettingName,
  loadConfig,
  natsOptionsOf,
} from '@precedent/config';
import { openGrpcServer } from '@precedent/grpc';
import { openHttpServer } from '@precedent/http';
import { lineLogger, sleep } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { openMcpServer } from '@precedent/mcp';
import { JournalFeed, callerScopes, connectNats, openGate } from '@precedent/nats';
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
import { OpenStreams, openListeners, rateLimited } from '@precedent/web-server';
import { authenticator } from './authenticate.ts';
import { browserSessions } from './browser-sessions.ts';
import { gatewayCalls } from './gateway-calls.ts';
import { gatewayHealth } from './gateway-health.ts';
import { gatewaySecretOf } from './gateway-secret.ts';
import { renewCertificates } from './renew-certificates.ts';

/** Between the engine and what may wait. */
const NICE = 0;

const run = async (): Promise<void> => {
  const config = await startConfigured({ isSettingName, loadConfig, nice: NICE });
  const log = lineLogger(config.monitoring.logLevel, printLine);
  announceProgress('connecting to NATS');
  const nc = await connectNats(natsOptionsOf(config, 'gateway'));
  const gate = await openGate({ nc, service: 'gateway', ...gateOptionsOf(config) }, Date.now);
  const secret = gatewaySecretOf(config);
  const { host, hosts, limits, httpPort, grpcPort, mcpPort, mcpReadOnly } = config.gateway;
  const common = {
    host,
    hosts: [host, ...hosts],
    connectionsMax: limits.connections,
    version: VERSION,
    calls: gatewayCalls({ nc, root: config.root, secret, isClosed: gate !== undefined }),
    authenticate: rateLimited(authenticator(config, gate), {
      requestsPerSecond: limits.requestsPerSecond,
      refusalsPerMinute: limits.refusalsPerMinute,
    }),
    tls: gatewayTlsOf(config),
    onFault: ({ code, message }: Problem) => log('error', () => `${code} ${message}`),
  };
  const events = new JournalFeed({ calls: common.calls, scopeOf: callerScopes(gate) });
  const sessions = browserSessions(config, secret);
  const agents = {
    taskSeal: textSeal(secret, 'mcp-task'),
    retentionMs: config.history.retention,
    readOnly: mcpReadOnly,
    issuers: config.access.issuers.map(({ issuer }) => issuer),
  };
  const [draining, open] = [new AbortController(), new OpenStreams()];
  const health = gatewayHealth(nc, draining.signal);
  const opened = await openListeners({
    http: () =>
      openHttpServer({
        ...common,
        sessions,
        port: httpPort,
        health,
        events,
        open,
        inFlightMax: limits.inFlight,
      }),
    grpc: () =>
      openGrpcServer({ ...common, port: grpcPort, health, events, open, draining: draining.signal }),
    mcp: () => openMcpServer({ ...common, ...agents, port: mcpPort }),
  });
  const listeners = Object.values(opened);
  const stopWatching = renewCertificates({ config, listeners, log });
  const leave = async (code: number): Promise<never> => {
    stopWatching();
    draining.abort();
    if (!isLoopback(host)) await sleep(config.gateway.drainDelay);
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

import { randomUUID } from 'node:crypto';
import { gateOptionsOf, isSettingName, loadConfig, natsOptionsOf } from '@precedent/config';
import { subjectsOf } from '@precedent/contracts';
import { openGrpcServer } from '@precedent/grpc';
import { openHttpServer } from '@precedent/http';
import { lineLogger } from '@precedent/kernel';
import { openMcpServer } from '@precedent/mcp';
import {
  JournalFeed,
  callerScopes,
  connectNats,
  joinGateways,
  natsPassingEvents,
  openGate,
} from '@precedent/nats';
import {
  announceProgress,
  announceReady,
  printLine,
  runProgram,
  startConfigured,
} from '@precedent/processes';
import { OpenStreams, openListeners } from '@precedent/web-server';
import { agentOptions } from './agent-options.ts';
import { browserSessions } from './browser-sessions.ts';
import { drainOnStop } from './drain-on-stop.ts';
import { gatewayHealth } from './gateway-health.ts';
import { gatewaySecretOf } from './gateway-secret.ts';
import { listenerOptions } from './listener-options.ts';
import { observeGateway } from './observer.ts';
import { renewCertificates } from './renew-certificates.ts';
import { openWebhooks } from './webhooks.ts';

/** Between the engine and what may wait. */
const NICE = 0;

const run = async (): Promise<void> => {
  const config = await startConfigured({ isSettingName, loadConfig, nice: NICE });
  const log = lineLogger(config.monitoring.logLevel, printLine);
  announceProgress('connecting to NATS');
  const nc = await connectNats(natsOptionsOf(config, 'gateway'));
  const gate = await openGate({ nc, service: 'gateway', ...gateOptionsOf(config) }, Date.now);
  const name = randomUUID();
  const gateways = joinGateways({ nc, subjects: subjectsOf(config.root), cell: config.cell, name }, Date.now);
  const draining = new AbortController();
  const health = gatewayHealth(nc, draining.signal);
  const observer = await observeGateway({ config, name, problem: health.problem, log });
  const { telemetry } = observer;
  const secret = gatewaySecretOf(config);
  const { limits, httpPort, grpcPort, mcpPort } = config.gateway;
  const common = listenerOptions({ config, nc, gate, gateways, secret, telemetry, log });
  const events = new JournalFeed({
    calls: common.calls,
    scopeOf: callerScopes(gate),
    onGap: () => telemetry.emit({ name: 'stream.gap' }),
  });
  const sessions = browserSessions(config, secret);
  const { calls, onFault } = common;
  const webhooks = await openWebhooks({ config, nc, gate, calls, events, secret, onFault });
  const agents = agentOptions(config, secret);
  const open = new OpenStreams(telemetry);
  const opened = await openListeners({
    http: () =>
      openHttpServer({
        ...common,
        sessions,
        port: httpPort,
        health,
        events,
        passing: natsPassingEvents(nc, subjectsOf(config.root)),
        open,
        inFlightMax: limits.inFlight,
      }),
    grpc: () =>
      openGrpcServer({ ...common, port: grpcPort, health, events, open, draining: draining.signal }),
    mcp: () => openMcpServer({ ...common, ...agents, port: mcpPort }),
  });
  const listeners = Object.values(opened);
  const stopWatching = renewCertificates({ config, listeners, log });
  const close = async (): Promise<void> => {
    stopWatching();
    await Promise.all([gateways, webhooks].map((part) => part.close()));
    await gate?.audit.close();
    await nc.close().catch(() => undefined);
    await observer.close();
  };
  drainOnStop({ config, draining, listeners, close });
  const addresses = Object.entries(opened).map(([name, { url }]) => [name, url] as const);
  printLine(addresses.map((address) => address.join(' ')).join(', '));
  announceReady({ cell: config.cell, ...Object.fromEntries(addresses) });
};

runProgram(run);

import { gateOptionsOf, gatewayTlsOf, isSettingName, loadConfig, natsOptionsOf } from '@precedent/config';
import { openHttpServer } from '@precedent/http';
import { lineLogger } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { openMcpServer } from '@precedent/mcp';
import { connectNats, linkStateOf, natsOperationCalls, openGate } from '@precedent/nats';
import { findingForgotten } from '@precedent/ports';
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
import { authenticator } from './authenticate.ts';
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
  const common = {
    version: VERSION,
    calls: servedCalls(findingForgotten(natsOperationCalls(nc, config.root)), gate !== undefined),
    authenticate: authenticator(config, gate),
    tls: gatewayTlsOf(config),
    onFault: ({ code, message }: Problem) => log('error', () => `${code} ${message}`),
  };
  const http = await openHttpServer({
    host: config.gateway.host,
    port: config.gateway.httpPort,
    ...common,
    health: { problem: () => (link.isUp() ? undefined : 'no connection to NATS') },
  });
  const mcp = await openMcpServer({
    host: config.gateway.host,
    port: config.gateway.mcpPort,
    readOnly: config.gateway.mcpReadOnly,
    ...common,
  });
  const stopWatching = renewCertificates({ config, servers: [http, mcp], log });
  const leave = async (code: number): Promise<never> => {
    stopWatching();
    await Promise.all([http.close(), mcp.close()]);
    await gate?.audit.close();
    await nc.close().catch(() => undefined);
    process.exit(code);
  };
  onStopSignals({ stop: () => void leave(0).catch(() => process.exit(1)), force: () => process.exit(130) });
  exitWithParent(() => leave(0));
  printLine(`http ${http.url}, mcp ${mcp.url}`);
  announceReady({ cell: config.cell, http: http.url, mcp: mcp.url });
};

runProgram(run);

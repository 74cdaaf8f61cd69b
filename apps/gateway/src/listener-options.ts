import { gatewayTlsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import type { LineLogger, Problem } from '@precedent/kernel';
import type { AccessGate, LiveGateways } from '@precedent/nats';
import type { GatewayTelemetry } from '@precedent/ports';
import { VERSION } from '@precedent/processes';
import { rateLimited } from '@precedent/web-server';
import { authenticator } from './authenticate.ts';
import { gatewayCalls } from './gateway-calls.ts';
import type { GatewayCallsOptions } from './gateway-calls.ts';

interface Parts extends Pick<GatewayCallsOptions, 'nc' | 'secret'> {
  readonly config: Config;
  /** Absent where access is open. */
  readonly gate: AccessGate | undefined;
  readonly gateways: LiveGateways;
  readonly telemetry: GatewayTelemetry;
  readonly log: LineLogger;
}

/** What all interfaces have in common. */
export const listenerOptions = ({ config, gate, gateways, telemetry, log, ...services }: Parts) => {
  const { host, hosts, limits } = config.gateway;
  return {
    host,
    hosts: [host, ...hosts],
    connectionsMax: limits.connections,
    version: VERSION,
    calls: gatewayCalls({ ...services, root: config.root, isClosed: gate !== undefined }),
    authenticate: rateLimited(
      authenticator(config, gate),
      { requestsPerSecond: limits.requestsPerSecond, refusalsPerMinute: limits.refusalsPerMinute },
      { gateways: gateways.count, telemetry },
    ),
    telemetry,
    tls: gatewayTlsOf(config),
    onFault: ({ code, message }: Problem) => log('error', () => `${code} ${message}`),
  };
};

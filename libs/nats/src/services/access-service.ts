import type { NatsConnection } from '@nats-io/nats-core';
import { ACCESS_OPERATIONS, subjectsOf } from '@precedent/contracts';
import type { AccessRegistry } from '@precedent/ports';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { accessHandlers } from './access-handlers.ts';
import type { Gate } from './caller-gate.ts';
import { openJsonService } from './json-service.ts';

export interface AccessServiceOptions {
  readonly nc: NatsConnection;
  readonly gate: Gate;
  readonly registry: AccessRegistry;
  /** Of this program; a semantic version. */
  readonly version: string;
}

/** Keys and grants as a NATS micro service. Several programs may serve it; one of them answers each request. */
export const openAccessService = ({
  nc,
  gate,
  registry,
  version,
}: AccessServiceOptions): Promise<EngineIngress> =>
  openJsonService({
    nc,
    version,
    gate,
    name: 'precedent-access',
    description: 'Keys and grants of one cell: list, make, rotate, revoke, add, remove.',
    group: subjectsOf(gate.root).accessGroup,
    operations: ACCESS_OPERATIONS,
    handlers: accessHandlers({ registry, trail: gate.audit.trail, now: gate.now }),
    recordsItself: true,
  });

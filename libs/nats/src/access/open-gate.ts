import type { TrustedIssuer } from '@precedent/access';
import type { NatsConnection } from '@nats-io/nats-core';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import type { EpochMs } from '@precedent/kernel';
import { auditTrail, callersOf } from '@precedent/ports';
import type { AccessRegistry } from '@precedent/ports';
import { AuditRecorder } from '../audit/audit-recorder.ts';
import { ensureAuditStream, natsAuditStore } from '../audit/nats-audit-store.ts';
import type { Gate } from '../services/caller-gate.ts';
import { LastHosts } from './last-hosts.ts';
import { natsAccessRegistry } from './nats-access-registry.ts';
import { sharedRead } from './shared-read.ts';

export interface GateOptions {
  readonly nc: NatsConnection;
  readonly root: string;
  /** Whether every client needs a key. */
  readonly required: boolean;
  readonly replicas: number;
  /** OpenID providers whose tokens count. */
  readonly issuers: readonly TrustedIssuer[];
  /** The size of the audit trail. */
  readonly auditBytes: number;
  /** The program, for the audit trail. */
  readonly service: string;
}

/** A gate, with the keys and grants behind it. */
export interface AccessGate extends Gate {
  readonly registry: AccessRegistry;
  readonly hosts: LastHosts;
}

/**
 * The gate of a service, which knows every key and grant of the cell, and every change as it is made; `undefined` where access is open.
 * Rejects NATS_UNREACHABLE, and JOURNAL_UNAVAILABLE or INVALID_CONFIG when the audit trail cannot be made.
 */
export const openGate = async (options: GateOptions, now: () => EpochMs): Promise<AccessGate | undefined> => {
  const { nc, root, required, replicas, issuers, auditBytes: maxBytes, service } = options;
  if (!required) return undefined;
  const parts = { nc, subjects: subjectsOf(root), streams: streamsOf(root), replicas };
  const registry = await natsAccessRegistry({ ...parts, issuers });
  await ensureAuditStream({ ...parts, maxBytes });
  const audit = new AuditRecorder({ trail: auditTrail(natsAuditStore(parts)), service, now });
  const refresh = sharedRead(() => registry.refresh());
  return { root, callers: callersOf(registry, now), now, audit, refresh, registry, hosts: new LastHosts() };
};

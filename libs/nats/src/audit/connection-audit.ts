import { ANY } from '@precedent/contract-types';
import type { AccessRegistry } from '@precedent/ports';
import type { RefusedConnection } from '../access/auth-callout.ts';
import type { AuditFacts, AuditRecorder } from './audit-recorder.ts';

interface ConnectionAuditParts {
  readonly audit: Pick<AuditRecorder, 'refused'>;
  readonly registry: Pick<AccessRegistry, 'keyOf'>;
}

/** Records refused connections. The first ones of a minute are listed: those of each known key, and those of all that show no known key. */
export const auditConnections =
  ({ audit, registry }: ConnectionAuditParts) =>
  (refused: RefusedConnection): Promise<void> =>
    audit.refused(factsOf(refused, registry), 'UNAUTHENTICATED');

/** Stands for every credential that is no known key: a client may make up as many ids as it likes. */
const NO_KEY = 'none';

const factsOf = (
  { reason, credential, host }: RefusedConnection,
  registry: ConnectionAuditParts['registry'],
): AuditFacts => {
  const common = { operation: 'connect', namespace: ANY, from: host, reason };
  const key = credential === undefined ? undefined : registry.keyOf(credential);
  if (key) return { ...common, credential: key.id, principal: key.principal, kind: key.kind };
  return { ...common, credential: NO_KEY, ...(credential !== undefined && { targets: [credential] }) };
};

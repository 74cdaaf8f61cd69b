import { auditedName } from '@precedent/access';
import { ANY } from '@precedent/contract-types';
import { callerIn } from '@precedent/contracts';
import type { Gate } from '../services/caller-gate.ts';
import type { AuditFacts } from './audit-recorder.ts';
import type { DeniedAccess } from './denied-line.ts';

/** Records what the NATS server denied. Never rejects. */
export const auditDenied =
  (gate: Pick<Gate, 'audit' | 'callers' | 'root'>) =>
  async (all: readonly DeniedAccess[]): Promise<void> =>
    void (await Promise.all(all.map((denied) => gate.audit.refused(factsOf(denied, gate), 'FORBIDDEN'))));

/** Stands for the credential where the server did not name one. */
const NO_CREDENTIAL = 'none';

const factsOf = (
  { operation, credential = NO_CREDENTIAL, host, subject, count }: DeniedAccess,
  { callers, root }: Pick<Gate, 'callers' | 'root'>,
): AuditFacts => {
  const found = callers.principalOf(credential)?.principal;
  return {
    operation,
    credential: auditedName(credential),
    ...(found && { principal: found.name, kind: found.kind }),
    namespace: auditedName(callerIn(subject, root)?.namespace ?? ANY),
    targets: [subject],
    from: host,
    ...(count !== undefined && { count }),
  };
};

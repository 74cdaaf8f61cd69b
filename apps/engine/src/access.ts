import { accessUserOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { AppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import {
  auditConnections,
  auditDenied,
  connectNats,
  countRefusals,
  endChangedConnections,
  openAccessService,
  serveAuthCallout,
} from '@precedent/nats';
import type { AccessGate, DeniedAccess } from '@precedent/nats';
import { tokenVerifier } from '@precedent/oidc';
import type { Clock, Telemetry } from '@precedent/ports';
import { VERSION, onParentMessage } from '@precedent/processes';
import { ensureAdminKey } from './admin-key.ts';

interface AccessContext {
  /** In the account of the cell. */
  readonly nc: Awaited<ReturnType<typeof connectNats>>;
  readonly config: Config;
  readonly gate: AccessGate;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/**
 * Checks the credentials of connections and serves keys and grants, also while this engine stands by, and ends connections whose access has changed. Rejects
 * INVALID_CONFIG when the secrets for it are missing. The returned function ends that.
 */
export const openAccess = async (context: AccessContext): Promise<() => Promise<void>> => {
  const { nc, config, gate, clock, telemetry } = context;
  const { issuer, issuers, calloutPassword, systemPassword } = config.access;
  if (!issuer.isSet || !calloutPassword.isSet) throw missingSecrets();
  const { registry } = gate;
  await ensureAdminKey({ registry, dataDir: config.storage.dataDir, now: clock.now() });
  const onFault = (problem: Problem): void => telemetry.emit({ name: 'message.failed', problem });
  const refusals = countRefusals(
    (refused, count) => telemetry.emit({ name: 'connection.refused', ...refused, count }),
    clock,
  );
  const record = auditConnections(gate);
  const recordDenied = auditDenied(gate);
  onParentMessage('denied', (denied) => void recordDenied(denied as readonly DeniedAccess[]));
  const callout = serveAuthCallout({
    nc: await connectNats(accessUserOf(config, 'callout')),
    registry,
    tokens: issuers.length > 0 ? tokenVerifier(issuers, () => clock.now()) : undefined,
    issuerSeed: issuer.reveal(),
    root: config.root,
    now: () => clock.now(),
    onRefused: (refused) => {
      refusals(refused);
      void record(refused);
    },
    onAccepted: (credential, host) => gate.hosts.set(credential, host),
    onFault,
    // What cannot be ended has to end by itself.
    ...(!systemPassword.isSet && { connectionMsMax: UNENDED_MS_MAX }),
  });
  const service = await openAccessService({ nc, gate, registry, version: VERSION });
  const stop = systemPassword.isSet ? await endConnections(context, onFault) : () => undefined;
  return async () => {
    stop();
    await Promise.all([service.close(), callout.close()]);
  };
};

/** The longest connection where the system account of the servers is not ours. Milliseconds. */
const UNENDED_MS_MAX = 3_600_000;

const endConnections = async (
  { config, gate, telemetry }: AccessContext,
  onFault: (problem: Problem) => void,
): Promise<() => void> =>
  endChangedConnections({
    nc: await connectNats(accessUserOf(config, 'system')),
    registry: gate.registry,
    now: Date.now,
    onEnded: (principal, connections) => telemetry.emit({ name: 'connection.ended', principal, connections }),
    onFault,
  });

const missingSecrets = (): AppError =>
  new AppError('INVALID_CONFIG', 'access is required on a NATS server that is not ours', {
    issues: ['access.issuer', 'access.calloutPassword'].map((field) => ({
      field,
      message: 'has to be set: see docs/security.md',
    })),
  });

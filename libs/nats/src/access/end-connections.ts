import type { NatsConnection } from '@nats-io/nats-core';
import { problemOf, retryUntilAborted, sleep } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { AccessRegistry } from '@precedent/ports';
import { endOldConnections } from './server-connections.ts';

export interface ConnectionEnderOptions {
  /** A connection in the system account of the servers. */
  readonly nc: NatsConnection;
  readonly registry: AccessRegistry;
  /** Real time: it is compared with the time of the servers. */
  readonly now: () => EpochMs;
  /** Connections of a principal were ended. */
  readonly onEnded: (principal: string, connections: number) => void;
  readonly onFault: (problem: Problem) => void;
}

/** A connection whose credential was checked just before the change is there by then. Milliseconds. */
const SECOND_LOOK_MS = 300;
const RETRY_MS = { firstMs: 50, maxMs: 500 };
/** No connection lasts longer: keys that ended before have none. Milliseconds. */
const CONNECTION_MS_MAX = 86_400_000;

/**
 * Ends the connections of a principal when its keys or grants change, on all servers of the cluster. One whose credential is still valid connects
 * again, with the permissions that it has now. Each program that checks credentials does this for the connections that it let in. The
 * returned function stops that.
 */
export const endChangedConnections = (options: ConnectionEnderOptions): (() => void) => {
  const closing = new AbortController();
  const { signal } = closing;
  const retrying = { signal, ...RETRY_MS, isWorthIt: () => true };
  const end = async (principal: string, before: EpochMs): Promise<void> => {
    await retryUntilAborted(() => endAll(options, principal, before), retrying);
    if (await sleep(SECOND_LOOK_MS, signal)) await endAll(options, principal, before);
  };
  const stop = options.registry.onChange((principal) => {
    end(principal, options.now()).catch((error: unknown) => options.onFault(problemOf(error)));
  });
  return () => {
    closing.abort();
    stop();
  };
};

const endAll = async (
  { nc, registry, now, onEnded }: ConnectionEnderOptions,
  principal: string,
  before: EpochMs,
): Promise<void> => {
  const since = now() - CONNECTION_MS_MAX;
  const keys = registry
    .keys()
    .filter((key) => key.principal === principal && (key.revokedAt ?? key.expiresAt ?? Infinity) > since);
  const ofTokens = registry.tokenCredentialOf(principal);
  const credentials = [...keys.map(({ id }) => id), ...(ofTokens === undefined ? [] : [ofTokens])];
  const ended = await Promise.all(
    credentials.map((credential) => endOldConnections({ nc, credential, before, now })),
  );
  const count = ended.reduce((sum, one) => sum + one, 0);
  if (count > 0) onEnded(principal, count);
};

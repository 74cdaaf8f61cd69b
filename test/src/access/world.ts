import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KEY_ID_BYTES, KEY_SECRET_BYTES, addKey, formatKey, parseKey } from '@precedent/access';
import type { Grant, PrincipalKind } from '@precedent/contract-types';
import { INTERNAL_USERS, inboxPrefixOf, streamsOf, subjectsOf } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import { connectNats, endChangedConnections, natsAccessRegistry, serveAuthCallout } from '@precedent/nats';
import type { RefusedConnection } from '@precedent/nats';
import { keyDigest } from '@precedent/ports';
import { findNatsServer, natsSecrets, startNatsServer } from '@precedent/processes';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';

export type Raw = NatsConnection;

export interface AKey {
  /** The whole key, as a client sends it. */
  readonly text: string;
  readonly id: string;
}

const ROOT = 'precedent.v1';

/** A real server that requires credentials, as `precedent up` configures it, with the parts of the engine that check them. */
export const accessWorld = async ({ hasEnder = true }: { readonly hasEnder?: boolean } = {}) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'precedent-access-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const secrets = natsSecrets(dataDir);
  const server = await startNatsServer({
    binary: process.env['PRECEDENT_TEST_NATS'] || (await findNatsServer({ env: {} })).binary,
    dataDir,
    host: '127.0.0.1',
    port: 0,
    maxPayload: 8_388_608,
    syncAlways: false,
    access: { ...secrets, root: ROOT },
  });
  onTestFinished(() => server.stop());
  const internal = async (user: keyof typeof INTERNAL_USERS): Promise<Raw> => {
    const credentials = { user: INTERNAL_USERS[user], pass: secrets.passwords[user] };
    const nc = await connectNats({ url: server.url, name: user, ...credentials });
    onTestFinished(() => nc.close());
    return nc;
  };
  const nc = await internal('cell');
  const registry = await natsAccessRegistry({ nc, subjects: subjectsOf(ROOT), streams: streamsOf(ROOT) });
  onTestFinished(() => registry.close());
  const refused: RefusedConnection[] = [];
  const faults: Problem[] = [];
  const ended: (readonly [string, number])[] = [];
  let clock: number | undefined;
  const now = (): number => clock ?? Date.now();
  const onFault = (problem: Problem): void => void faults.push(problem);
  const callout = serveAuthCallout({
    nc: await internal('callout'),
    registry,
    issuerSeed: secrets.issuer.seed,
    root: ROOT,
    now,
    onRefused: (one) => refused.push(one),
    onFault,
  });
  if (hasEnder)
    onTestFinished(
      endChangedConnections({
        nc: await internal('system'),
        registry,
        now: Date.now,
        onEnded: (...one) => ended.push(one),
        onFault,
      }),
    );
  const grant = (principal: string, more: Partial<Grant> = {}): Promise<void> =>
    registry.change(() => ({
      kind: 'grant',
      grant: { id: randomUUID(), principal, role: 'operator', namespace: 'acme', project: '*', ...more },
    }));
  const key = async (
    principal: string,
    more: { expiresAt?: number; kind?: PrincipalKind } = {},
  ): Promise<AKey> => {
    const made = newKey();
    await registry.change((state) =>
      addKey(state, {
        id: made.id,
        principal,
        kind: 'service',
        sha256: keyDigest(made.secret),
        createdAt: 0,
        ...more,
      }),
    );
    return made;
  };
  const dial = async (options: NodeConnectionOptions): Promise<Raw> => {
    const made = await connect({ servers: server.url, reconnect: false, ...options });
    onTestFinished(() => made.close());
    return made;
  };
  return {
    root: ROOT,
    server,
    nc,
    registry,
    callout,
    refused,
    faults,
    ended,
    internal,
    grant,
    key,
    dial,
    setClock: (at: number) => {
      clock = at;
    },
    /** A client library without our code, with a key. */
    connectAs: ({ text, id }: AKey, options: NodeConnectionOptions = {}): Promise<Raw> =>
      dial({ token: text, inboxPrefix: inboxPrefixOf(id), ...options }),
  };
};

export const newKey = (): AKey & { readonly secret: string } => {
  const text = formatKey(randomBytes(KEY_ID_BYTES), randomBytes(KEY_SECRET_BYTES));
  const parsed = parseKey(text);
  if ('code' in parsed) throw new Error(parsed.message);
  return { text, ...parsed };
};

/** Resolves to the server's refusal of a publish or subscription; `undefined` when there is none. */
export const refusalOf = async (nc: Raw, act: () => void): Promise<string | undefined> => {
  const statuses = nc.status();
  act();
  await nc.flush();
  // The refusal comes before the answer to the flush; its status event some microtasks later.
  await new Promise((resolve) => setImmediate(resolve));
  const end = (statuses as { stop?: () => void }).stop?.bind(statuses);
  end?.();
  for await (const status of statuses) if (status.type === 'error') return status.error.message;
  return undefined;
};

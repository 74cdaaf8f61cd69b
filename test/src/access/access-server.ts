import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KEY_ID_BYTES, KEY_SECRET_BYTES, addKey, formatKey, parseKey } from '@precedent/access';
import type { TrustedIssuer } from '@precedent/access';
import type { Grant, PrincipalKind } from '@precedent/contract-types';
import { DEFAULT_ROOT, INTERNAL_USERS, inboxPrefixOf, streamsOf, subjectsOf } from '@precedent/contracts';
import { connectNats, natsAccessRegistry } from '@precedent/nats';
import { keyDigest } from '@precedent/ports';
import { findNatsServer, natsSecrets, startNatsServer } from '@precedent/processes';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';

export type Raw = NatsConnection;

export interface AKey {
  /** The whole key, as a client sends it. */
  readonly text: string;
  readonly id: string;
}

/** A real server that requires credentials, as `precedent up` configures it. `stack`: what closes it, and all that is opened of it. */
export const accessServer = async (stack: AsyncDisposableStack, issuers: readonly TrustedIssuer[] = []) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'precedent-access-'));
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const secrets = natsSecrets(dataDir);
  const server = await startNatsServer({
    binary: process.env['PRECEDENT_TEST_NATS'] || (await findNatsServer({ env: {} })).binary,
    dataDir,
    host: '127.0.0.1',
    port: 0,
    maxPayload: 8_388_608,
    syncAlways: false,
    access: { ...secrets, root: DEFAULT_ROOT },
  });
  stack.defer(() => server.stop());
  const internal = async (user: keyof typeof INTERNAL_USERS): Promise<Raw> => {
    const credentials = { user: INTERNAL_USERS[user], pass: secrets.passwords[user] };
    const nc = await connectNats({ url: server.url, name: user, ...credentials });
    stack.defer(() => nc.close());
    return nc;
  };
  const nc = await internal('cell');
  const registry = await natsAccessRegistry({ nc, subjects: subjectsOf(), streams: streamsOf(), issuers });
  stack.defer(() => registry.close());
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
    stack.defer(() => made.close());
    return made;
  };
  return {
    root: DEFAULT_ROOT,
    dataDir,
    secrets,
    server,
    nc,
    registry,
    internal,
    grant,
    key,
    dial,
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

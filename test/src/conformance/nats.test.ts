import { streamsOf, subjectsOf } from '@precedent/contracts';
import {
  connectNats,
  ensureAuditStream,
  natsAccessRegistry,
  natsAuditStore,
  natsLeaseStore,
  natsWebhookStore,
  natsLog,
} from '@precedent/nats';
import type { NatsLog } from '@precedent/nats';
import { auditTrail } from '@precedent/ports';
import {
  describeAccessRegistry,
  describeAppendLog,
  describeAuditTrail,
  describeLeaseStore,
  describeWebhookStore,
  startNats,
} from '@precedent/testkit';
import type { TestNats } from '@precedent/testkit';
import { afterAll, beforeAll } from 'vitest';

const LEASE_MS = 500;

let server: TestNats;
let worlds = 0;

beforeAll(async () => {
  server = await startNats();
});
afterAll(() => server.stop());

/** Every world has a root of its own on the one server, and every writer a connection of its own. */
const aRoot = (): string => `world-${++worlds}.v1`;

describeAppendLog('NATS JetStream', async () => {
  const root = aRoot();
  const connections: { close(): Promise<void> }[] = [];
  return {
    open: async (): Promise<NatsLog> => {
      const nc = await connectNats({ url: server.url, name: root });
      connections.push(nc);
      return natsLog({
        nc,
        stream: streamsOf(root).journal('main'),
        subject: subjectsOf(root).journal('main'),
      });
    },
    close: async () => {
      for (const nc of connections) await nc.close();
    },
  };
});

describeLeaseStore('NATS KV', async () => {
  const root = aRoot();
  const nc = await connectNats({ url: server.url, name: root });
  const open = () => natsLeaseStore({ nc, bucket: streamsOf(root).leases, ttlMs: LEASE_MS });
  return {
    open,
    expired: async (cell) => {
      const observer = await open();
      // Each answer is a round trip to the server: this waits for the fact, not for a time.
      while ((await observer.acquire(cell, 'observer')) !== 'observer');
      await observer.release(cell, 'observer');
    },
    close: () => nc.close(),
  };
});

describeWebhookStore('NATS KV', async () => {
  const root = aRoot();
  const nc = await connectNats({ url: server.url, name: root });
  return {
    open: () => natsWebhookStore({ nc, subjects: subjectsOf(root), streams: streamsOf(root) }),
    close: () => nc.close(),
  };
});

describeAccessRegistry('NATS KV', async (issuers) => {
  const root = aRoot();
  const opened: { close(): Promise<void> }[] = [];
  return {
    open: async () => {
      const nc = await connectNats({ url: server.url, name: root });
      const registry = await natsAccessRegistry({
        nc,
        subjects: subjectsOf(root),
        streams: streamsOf(root),
        issuers,
      });
      opened.push(registry, nc);
      return registry;
    },
    close: async () => {
      for (const each of opened) await each.close();
    },
  };
});

describeAuditTrail('NATS', async () => {
  const root = aRoot();
  const parts = { subjects: subjectsOf(root), streams: streamsOf(root) };
  const opened: { close(): Promise<void> }[] = [];
  const connect = async () => {
    const nc = await connectNats({ url: server.url, name: root });
    opened.push(nc);
    return nc;
  };
  await ensureAuditStream({ ...parts, nc: await connect(), maxBytes: 64 * 1024 });
  return {
    open: async () => auditTrail(natsAuditStore({ ...parts, nc: await connect() })),
    fill: async (trail) => {
      const entry = {
        at: 1,
        service: 'test',
        operation: 'a.b',
        decision: 'allowed',
        namespace: 'acme',
      } as const;
      // Where a large entry has no room any more, a small one may.
      for (const chars of [8_000, 1]) {
        const large = { ...entry, credential: 'k', targets: ['x'.repeat(chars)] };
        const isStored = (): Promise<boolean> =>
          trail.append(large).then(
            () => true,
            () => false,
          );
        while (await isStored());
      }
    },
    close: async () => {
      for (const each of opened) await each.close();
    },
  };
});

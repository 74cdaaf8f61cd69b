import { streamsOf, subjectsOf } from '@precedent/contracts';
import { connectNats, natsAccessRegistry, natsLeaseStore, natsLog } from '@precedent/nats';
import type { NatsLog } from '@precedent/nats';
import { describeAccessRegistry, describeAppendLog, describeLeaseStore, startNats } from '@precedent/testkit';
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

describeAccessRegistry('NATS KV', async () => {
  const root = aRoot();
  const opened: { close(): Promise<void> }[] = [];
  return {
    open: async () => {
      const nc = await connectNats({ url: server.url, name: root });
      const registry = await natsAccessRegistry({ nc, subjects: subjectsOf(root), streams: streamsOf(root) });
      opened.push(registry, nc);
      return registry;
    },
    close: async () => {
      for (const each of opened) await each.close();
    },
  };
});

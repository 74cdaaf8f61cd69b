import { connectNats, natsObjectStore } from '@precedent/nats';
import { describeObjectStore, startNats, virtualClock, memoryObjectStore } from '@precedent/testkit';
import type { TestNats } from '@precedent/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MIB = 1024 * 1024;

describeObjectStore('memory', async () => {
  const store = memoryObjectStore({ clock: virtualClock(), maxObjectBytes: MIB });
  return { store, close: async () => undefined };
});

let server: TestNats;
let buckets = 0;
beforeAll(async () => {
  server = await startNats();
});
afterAll(() => server.stop());

describeObjectStore('NATS JetStream', async () => {
  const nc = await connectNats({ url: server.url, name: 'objects' });
  const store = natsObjectStore({ nc, bucket: `OBJECTS_${++buckets}`, maxObjectBytes: MIB });
  return { store, close: () => nc.close() };
});

it('the object store reports an unreachable server when the connection is gone', async () => {
  const nc = await connectNats({ url: server.url, name: 'objects' });
  const store = natsObjectStore({ nc, bucket: 'GONE' });
  await nc.close();
  await expect(store.get('a')).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
});

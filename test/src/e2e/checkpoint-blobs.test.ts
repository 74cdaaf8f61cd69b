import { DEFAULT_ROOT, streamsOf } from '@precedent/contracts';
import { connectNats, natsObjectStore } from '@precedent/nats';
import { expect, it, vi } from 'vitest';
import { emptyWorld } from './world.ts';

it('a large checkpoint is in the object store while its task may resume from it, and not afterwards', async () => {
  await using world = await emptyWorld();
  await world.startEngine();
  const [saved, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const worker = world.client.worker({
    handlers: {
      large: async (_job, context) => {
        for (const step of [1, 2, 3]) await context.checkpoint({ step, text: 'x'.repeat(100_000) });
        saved.resolve();
        await mayEnd.promise;
      },
    },
  });
  await worker.start();
  const nc = await connectNats({ url: world.nats.url, name: 'test' });
  const store = natsObjectStore({ nc, bucket: streamsOf(DEFAULT_ROOT).blobs });
  const { id } = await world.client.submit({ type: 'large' });
  await saved.promise;
  expect((await store.list('')).map(({ name }) => name)).toEqual([`${id}/1/0`, `${id}/1/1`]);
  mayEnd.resolve();
  expect(await world.client.wait(id)).toMatchObject({ state: 'completed' });
  await vi.waitFor(async () => expect(await store.list('')).toEqual([]), { timeout: 10_000 });
  await worker.stop();
  await nc.close();
});

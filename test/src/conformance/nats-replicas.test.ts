import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import { isAppError } from '@precedent/kernel';
import { connectNats, ensureLogStream, ensureObjectStore, natsLeaseStore, natsLog } from '@precedent/nats';
import { startNats } from '@precedent/testkit';
import type { TestNats } from '@precedent/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { natsWorlds, streamOf, until } from './nats-world.ts';
import type { Connection } from './nats-world.ts';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const startCluster = async (size: number): Promise<TestNats[]> => {
  const ports = await Promise.all(Array.from({ length: size }, freePort));
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  return Promise.all(
    ports.map((port, at) =>
      startNats({
        config: [
          `server_name: n${at}`,
          `cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
        ],
      }),
    ),
  );
};

const replicasOf = async (nc: Connection, name: string): Promise<unknown> =>
  (await streamOf(nc, name)).config['num_replicas'];

describe('replicas in a cluster of three servers', () => {
  let servers: TestNats[];
  let nc: Connection;
  beforeAll(async () => {
    servers = await startCluster(3);
    nc = await connectNats({ url: servers.map(({ url }) => url).join(','), name: 'test' });
    // The cluster refuses streams until it has elected a leader.
    const isReady = (): Promise<boolean> =>
      natsLog({ nc, stream: 'READY', subject: 'ready', replicas: 3 }).then(
        () => true,
        () => false,
      );
    await until(isReady);
  }, 60_000);
  afterAll(async () => {
    await nc.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('has three copies of every stream, bucket and object store', async () => {
    const [subjects, streams] = [subjectsOf('three.v1'), streamsOf('three.v1')];
    const log = await natsLog({
      nc,
      stream: streams.journal('a'),
      subject: subjects.journal('a'),
      replicas: 3,
    });
    expect(await log.append('entry', 0)).toBe(1);
    await ensureLogStream({ nc, subjects, streams, replicas: 3, maxBytes: 1024 * 1024 });
    await natsLeaseStore({ nc, bucket: streams.leases, replicas: 3 });
    await ensureObjectStore({ nc, bucket: streams.blobs, replicas: 3 });
    const names = [streams.journal('a'), streams.logs, `KV_${streams.leases}`, `OBJ_${streams.blobs}`];
    expect(await Promise.all(names.map((name) => replicasOf(nc, name)))).toEqual([3, 3, 3, 3]);
  }, 60_000);

  it('adds copies to a stream that has fewer, and takes none from one that has more', async () => {
    const open = (replicas: number) => natsLog({ nc, stream: 'GROWS', subject: 'grows', replicas });
    await (await open(1)).append('entry', 0);
    expect(await replicasOf(nc, 'GROWS')).toBe(1);
    expect(await (await open(3)).last()).toBe(1);
    expect(await replicasOf(nc, 'GROWS')).toBe(3);
    await open(1);
    expect(await replicasOf(nc, 'GROWS')).toBe(3);
  }, 60_000);

  it('refuses to add copies to a log stream that was created for one server, with the reason', async () => {
    const [subjects, streams] = [subjectsOf('logs.v1'), streamsOf('logs.v1')];
    await ensureLogStream({ nc, subjects, streams, maxBytes: 1024 * 1024 });
    const again = ensureLogStream({ nc, subjects, streams, maxBytes: 1024 * 1024, replicas: 3 });
    await expect(again).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: `stream ${streams.logs} with 3 replicas: async persist mode is not supported on replicated streams`,
    });
  }, 60_000);
});

describe('replicas on a server without a cluster', () => {
  const aWorld = natsWorlds();

  it('are refused as a configuration error, with the stream and the reason', async () => {
    const { nc, subjects, streams } = await aWorld();
    const opening = natsLog({
      nc,
      stream: streams.journal('a'),
      subject: subjects.journal('a'),
      replicas: 3,
    });
    const error: unknown = await opening.catch((problem: unknown) => problem);
    expect(isAppError(error) && [error.code, error.message]).toEqual([
      'INVALID_CONFIG',
      expect.stringMatching(/^stream JOURNAL_a\S* with 3 replicas: replicas > 1 not supported/),
    ]);
  });
});

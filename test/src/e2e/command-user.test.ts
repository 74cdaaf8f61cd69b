import { describe, expect, it } from 'vitest';
import { emptyWorld } from './world.ts';

const isRoot = process.getuid?.() === 0;

describe('a worker with a user for its commands', () => {
  it.skipIf(!isRoot)('runs them as that user (needs root)', async () => {
    await using world = await emptyWorld({ settings: { PRECEDENT_WORKER_COMMAND_USER: 'daemon' } });
    await world.startEngine();
    await world.startWorker();
    const { id } = await world.client.submit({ command: 'id -un; cat /proc/$PPID/environ || echo private' });
    expect(await world.client.result(id, { timeoutMs: 30_000 })).toMatchObject({
      stdout: 'daemon\nprivate\n',
    });
  });

  it('does not start when there is no such user', async () => {
    await using world = await emptyWorld({ settings: { PRECEDENT_WORKER_COMMAND_USER: 'no-such-user' } });
    await world.startEngine();
    await expect(world.startWorker()).rejects.toThrow('worker.commandUser: there is no user "no-such-user"');
  });
});

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addKey } from '@precedent/access';
import { callerSubjectsOf, streamsOf, subjectsOf } from '@precedent/contracts';
import { catalogue } from '@precedent/kernel';
import { connectNats, natsAccessRegistry } from '@precedent/nats';
import { natsSecrets } from '@precedent/processes';
import { afterEach, describe, expect, it } from 'vitest';
import { endClis, runCli, startCli } from './cli.ts';
import { crash } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const own = callerSubjectsOf(subjectsOf().root, { namespace: 'acme', credential: 'k1' });

/** The server of the test is open: it lets this client speak for a key. */
const closed = (dataDir: string) => ({
  PRECEDENT_ACCESS_REQUIRED: 'true',
  PRECEDENT_ACCESS_ISSUER: natsSecrets(dataDir).issuer.seed,
  PRECEDENT_ACCESS_CALLOUT_PASSWORD: 'not looked at',
});

describe('the audit trail of a cell', () => {
  const worlds: World[] = [];
  afterEach(async () => {
    endClis();
    for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
  });

  /** A closed cell in which ann may read the namespace acme, with the key `k1`. */
  const setup = async () => {
    const world = await emptyWorld();
    worlds.push(world);
    const nc = await connectNats({ url: world.nats.url, name: 'test' });
    const registry = await natsAccessRegistry({ nc, subjects: subjectsOf(), streams: streamsOf() });
    const key = { id: 'k1', principal: 'ann', kind: 'agent', sha256: '0'.repeat(64), createdAt: 1 } as const;
    await registry.change((state) => addKey(state, key));
    const grant = { id: 'g', principal: 'ann', role: 'operator', namespace: 'acme', project: '*' } as const;
    await registry.change(() => ({ kind: 'grant', grant }));
    const data = path.join(world.folder, 'store');
    const startEngine = () => world.startEngine(closed(data));
    const engine = await startEngine();
    const cancel = async (id: string): Promise<void> => {
      await nc.request(own.api('cancel'), JSON.stringify({ id }), { timeout: 5_000 });
    };
    const audit = (...args: readonly string[]) =>
      runCli(['audit', ...args, '--url', world.nats.url], { cwd: world.folder });
    const verify = () => audit('verify', '--data', data);
    await cancel('first-task');
    await registry.close();
    const close = (): Promise<void> => nc.close();
    return { ...world, startEngine, nc, engine, cancel, data, audit, verify, close };
  };

  it('is printed, followed and exported', async () => {
    const { audit, cancel, folder, nats, close } = await setup();
    const tail = await audit('tail', '--namespace', 'acme');
    expect(tail).toMatchObject({ code: 0 });
    expect(tail.stdout.split('\n').map((line) => line.slice(26))).toEqual([
      'allowed  task.cancel  ann  (k1)  in acme  first-task',
      'refused  TASK_NOT_FOUND  task.cancel  ann  (k1)  in acme  first-task',
      '',
    ]);
    const following = startCli(['audit', 'tail', '--follow', '--principal', 'ann', '--url', nats.url], {
      cwd: folder,
    });
    await following.wrote('first-task');
    await cancel('second-task');
    await following.wrote('second-task');
    following.child.kill('SIGTERM');
    await following.exited;
    const exported = await audit('export', '--principal', 'ann');
    const lines = exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatchObject({ seq: 1, kind: 'agent', operation: 'task.cancel', decision: 'allowed' });
    expect((await audit('tail', '--principal', 'bob')).stdout).toBe('');
    await close();
  });

  it('is signed when the engine stops, with a key that only its user can read', async () => {
    const { engine, verify, data, close } = await setup();
    await engine.stop({ stopMs: 5_000, forceMs: 2_000 });
    const verified = await verify();
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toMatch(/^signatures +1, the last one of message 2$/m);
    expect(verified.stdout).toMatch(/Every message is as it was written\.\n$/);
    expect(statSync(path.join(data, 'audit', 'signing-key.pem')).mode & 0o777).toBe(0o600);
    await close();
  });

  it('is broken where the server truncated it after damage, also when more was written since', async () => {
    const { engine, nats, verify, cancel, startEngine, close } = await setup();
    await engine.stop({ stopMs: 5_000, forceMs: 2_000 });
    await nats.kill();
    const file = path.join(nats.folder, `store/jetstream/$G/streams/${streamsOf().audit}/msgs/1.blk`);
    const bytes = readFileSync(file);
    bytes[bytes.lastIndexOf('first-task')] = 0x46;
    writeFileSync(file, bytes);
    await nats.restart();
    const broken = { code: catalogue.INTEGRITY_FAILED.exit, stdout: expect.stringMatching(/^message 2 /m) };
    expect(await verify()).toMatchObject(broken);
    const again = await startEngine();
    await cancel('second-task');
    expect(await verify()).toMatchObject(broken);
    await crash(again);
    await close();
  });

  it('says when there is none', async () => {
    const world = await emptyWorld();
    worlds.push(world);
    for (const command of ['tail', 'export', 'verify']) {
      const result = await runCli(['audit', command, '--url', world.nats.url], { cwd: world.folder });
      expect(result).toMatchObject({ code: catalogue.AUDIT_UNAVAILABLE.exit });
      expect(result.stderr).toContain('there is no audit trail');
    }
  });
});

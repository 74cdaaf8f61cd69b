import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect, isGap } from '@precedent/client';
import type { Client, WatchFilter, Worker, WorkerOptions } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endClis, runCli, startCli } from './cli.ts';
import type { RunningCli } from './cli.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };
const NOT_FOUND = { code: 'TASK_NOT_FOUND' };
const LABELLED = { type: 'paint', name: 'mix the crimson paint', security: 'secret' } as const;
const PLAIN = { type: 'paint', name: 'mix the yellow paint' } as const;

describe('a task with a security label, in a cell that requires keys', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-labels-'));
  const closing: (() => Promise<void>)[] = [];
  let up: RunningCli;
  let url: string;
  /** Cleared for the label, and not. */
  let ann: Client;
  let bob: Client;
  let cleared: Worker;
  /** The worker that ran each task. */
  const ran = new Map<string, string>();

  const cli = (...args: string[]): Promise<string> =>
    runCli(['-u', url, ...args], {
      cwd: folder,
      env: { HOME: path.join(folder, 'home'), PRECEDENT_STORAGE_DATA_DIR: path.join(folder, 'data') },
    }).then(({ code, stdout, stderr }) => {
      if (code !== 0) throw new Error(stderr);
      return stdout.trim();
    });
  const clientOf = async (principal: string, ...grant: string[]): Promise<Client> => {
    const token = await cli('keys', 'create', principal);
    await cli('grants', 'add', principal, ...grant);
    const client = await connect({ servers: url, token, namespace: 'acme' });
    closing.unshift(() => client.close());
    return client;
  };
  const workerOf = (client: Client, name: string, more: Partial<WorkerOptions> = {}): Worker => {
    const paint: WorkerOptions['handlers'][string] = (job, context) => {
      ran.set(job.id, name);
      context.log('stdout', `painted by ${name}\n`);
      return job.task.payload === 'fail'
        ? Promise.reject(new Error('the pot of crimson is empty'))
        : Promise.resolve();
    };
    return client.worker({ name, slots: 8, handlers: { paint }, ...more });
  };
  const start = async (worker: Worker): Promise<Worker> => {
    await worker.start();
    closing.unshift(() => worker.stop());
    return worker;
  };
  const watched = async (client: Client, filter: WatchFilter): Promise<string[]> => {
    const events: string[] = [];
    const watch = client.watch(filter);
    closing.unshift(async () => watch.close());
    void (async () => {
      for await (const item of watch) if (!isGap(item)) events.push(`${item.id} ${item.event}`);
    })();
    await client.link.flush();
    return events;
  };
  const done = async (client: Client, spec: object, id?: string): Promise<string> => {
    const accepted = await client.submit({ retry: { max: 0 }, ...spec, ...(id && { id: `acme--${id}` }) });
    await client.wait(accepted.id, { timeoutMs: 30_000 });
    return accepted.id;
  };

  beforeAll(async () => {
    mkdirSync(path.join(folder, 'home'));
    const env = {
      HOME: path.join(folder, 'home'),
      PRECEDENT_NATS_PORT: '0',
      PRECEDENT_MONITORING_METRICS: 'false',
      PRECEDENT_ACCESS_REQUIRED: 'true',
      PRECEDENT_VECTORIZER_ENABLED: 'true',
      PRECEDENT_VECTORIZER_MODEL_DIR: path.join(folder, 'no-model'),
    };
    up = startCli(['up', '--data', 'data'], { cwd: folder, env });
    url = /^ready in [^:]+: (\S+),/m.exec(await up.wrote('\nready in '))?.[1] ?? '';
    ann = await clientOf('ann', 'operator', '--namespace', 'acme', '--clearance', 'secret');
    bob = await clientOf('bob', 'operator', '--namespace', 'acme');
    const trusted = await clientOf('trusted', 'worker', '--namespace', '*', '--clearance', 'secret');
    const usual = await clientOf('usual', 'worker', '--namespace', '*');
    await expect(workerOf(usual, 'liar', { clearances: ['secret'] }).start()).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('not cleared for secret'),
    });
    await start(workerOf(usual, 'usual'));
    cleared = workerOf(trusted, 'cleared', { clearances: ['secret'], slots: 1 });
  }, 120_000);
  afterAll(async () => {
    for (const close of closing) await close();
    up.child.kill('SIGTERM');
    await up.exited;
    endClis();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('waits for a worker that is cleared, runs there only, and is seen by those who are cleared', async () => {
    const events = { ann: await watched(ann, { security: 'secret' }), bob: await watched(bob, {}) };
    await expect(bob.submit(LABELLED)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const { id } = await ann.submit({ ...LABELLED, retry: { max: 0 }, payload: 'fail' });
    await done(bob, PLAIN, 'plain');
    const { reasons } = await ann.why(id);
    expect(reasons.join()).toContain('no worker is cleared for secret');
    await start(cleared);
    expect(await ann.wait(id, { timeoutMs: 30_000 })).toMatchObject({ state: 'failed', security: 'secret' });
    for (let n = 0; n < 4; n++) await done(ann, LABELLED, `l${n}`);
    expect([ran.get(id), ran.get('acme--l0'), ran.get('acme--l3'), ran.get('acme--plain')]).toEqual([
      'cleared',
      'cleared',
      'cleared',
      'usual',
    ]);
    await done(bob, PLAIN, 'last');

    await vi.waitFor(() => expect(events.ann).toContain('acme--last completed'), PATIENCE);
    expect(events.ann).toContain(`${id} failed`);
    await vi.waitFor(() => expect(events.bob).toContain('acme--last completed'), PATIENCE);
    expect(events.bob.filter((one) => !/^acme--(plain|last) /.test(one))).toEqual([]);

    for (const verb of ['get', 'why', 'cancel', 'wait'] as const)
      await expect(bob[verb](id)).rejects.toMatchObject(NOT_FOUND);
    await expect(bob.history.get(id)).rejects.toMatchObject(NOT_FOUND);
    await expect(bob.logs(id).next()).rejects.toMatchObject(NOT_FOUND);
    await expect(bob.history.events({ task: id })).rejects.toMatchObject(NOT_FOUND);
    expect(await ann.logs(id).next()).toMatchObject({ value: { text: 'painted by cleared\n' } });
    const idsOf = ({ tasks }: { readonly tasks: readonly { readonly id: string }[] }): string[] =>
      tasks.map((task) => task.id).toSorted();
    const [plain, labelled] = [
      ['acme--last', 'acme--plain'],
      ['acme--l0', 'acme--l1', 'acme--l2', 'acme--l3', id],
    ];
    const all = [...plain, ...labelled].toSorted();
    for (const [client, ids] of [
      [bob, plain],
      [ann, all],
    ] as const) {
      expect(idsOf(await client.list())).toEqual(ids);
      expect(idsOf(await client.history.list())).toEqual(ids);
      expect(idsOf(await client.history.search('paint'))).toEqual(ids);
    }
    expect((await bob.history.stats({})).total).toBe(2);
    expect((await ann.history.stats({})).total).toBe(all.length);
  }, 120_000);

  it('has no events for a subscriber without the clearance', async () => {
    const watch = bob.watch({ security: 'secret' });
    // The server refuses the subscription, which ends the watch.
    for await (const item of watch) expect(item).toBeUndefined();
  });

  it('is found by meaning by those who are cleared, and does not count for others', async () => {
    const { id } = await ann.submit({ ...LABELLED, payload: 'fail', retry: { max: 0 } });
    await ann.wait(id, { timeoutMs: 30_000 });
    const found = (client: Client, query: string) => client.search.find(query, { namespace: 'acme' });
    const about = { namespace: 'acme' };
    await vi.waitFor(
      async () => expect(await ann.search.seen(id, about)).toMatchObject({ isNew: false }),
      PATIENCE,
    );
    expect(JSON.stringify((await found(ann, 'pot of crimson')).hits)).toContain('crimson');
    await vi.waitFor(
      async () => expect((await found(bob, 'yellow paint')).hits.length).toBeGreaterThan(0),
      PATIENCE,
    );
    for (const query of ['pot of crimson', 'crimson paint', id]) {
      const { hits, nearest = [] } = await found(bob, query);
      expect(JSON.stringify([hits, nearest])).not.toMatch(/crimson|secret/);
      expect([...hits, ...nearest].map(({ task }) => task)).not.toContain(id);
    }
    for (const verb of ['seen', 'diff'] as const)
      await expect(bob.search[verb](id, about)).rejects.toMatchObject(NOT_FOUND);
    expect(await bob.search.failures(about)).toMatchObject({ failures: 0, clusters: [] });
    expect(await ann.search.failures(about)).toMatchObject({ failures: expect.any(Number), found: 1 });
  }, 120_000);
});

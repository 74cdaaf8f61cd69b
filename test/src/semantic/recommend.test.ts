import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client, RecommendReply, TaskSpec } from '@precedent/client';
import { seededRandom } from '@precedent/kernel';
import { endClis, runCli } from '../e2e/cli.ts';
import { startQdrant } from '../e2e/qdrant.ts';
import type { TestQdrant } from '../e2e/qdrant.ts';
import { readyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';

let qdrant: TestQdrant;
let world: World;
let client: Client;
beforeAll(async () => {
  qdrant = await startQdrant();
  world = await readyWorld({ settings: { PRECEDENT_VECTORIZER_URL: qdrant.url } });
  await world.startVectorizer();
  ({ client } = world);
  await history();
});
afterAll(async () => {
  endClis();
  await world[Symbol.asyncDispose]();
  await qdrant[Symbol.asyncDispose]();
});

const run = async (spec: TaskSpec): Promise<string> => {
  const { id } = await client.submit({ retry: { max: 0 }, ...spec });
  await client.wait(id);
  return id;
};

const step = (name: string, more: object = {}): TaskSpec => ({
  name,
  command: 'true',
  args: [name],
  ...more,
});

/** A build, its test and its deployment, ten times, each next to two polls, and now and then a mail. */
const history = async (): Promise<void> => {
  const random = seededRandom(7);
  const noise: Promise<unknown>[] = [];
  for (let round = 0; round < 10; round++) {
    for (const name of ['build shop', 'test shop', 'deploy shop']) {
      if (random.chance(0.3)) noise.push(run(step('send mail')));
      noise.push(run(step('poll inbox')));
      await run(step(name));
      noise.push(run(step('poll inbox')));
    }
    // In another namespace the deployment is followed by something else.
    if (round < 6) await run(step('deploy shop', { namespace: 'two' }));
    if (round < 6) await run(step('smoke test', { namespace: 'two' }));
  }
  await Promise.all(noise);
  await indexed();
};

/** Asks until everything that is in the journal is indexed. */
const indexed = async (): Promise<void> => {
  for (;;) {
    const status = await client.search.status().catch(() => undefined);
    if (status && status.freshness.seq === status.freshness.lastSeq && status.freshness.seq > 0) return;
  }
};

const relations = ({ recommendations }: RecommendReply) =>
  recommendations.map(({ relation, name }) => `${relation}: ${name}`).toSorted();

const about = (name: string, namespace = 'default') => ({
  namespace,
  type: 'command',
  ...(step(name) as { name: string; command: string; args: string[] }),
});

const precedent = (...args: string[]) =>
  runCli(args, { cwd: world.folder, env: { PRECEDENT_NATS_URL: world.nats.url } });

describe('recommendations', () => {
  it('name related tasks for a hypothetical task, with counts and evidence, and no unrelated ones', async () => {
    const reply = await client.search.recommend(about('test shop'));
    expect(reply).toMatchObject({ basis: 'spec', cases: 10 });
    expect(relations(reply)).toEqual(['dependencies: build shop', 'next: deploy shop']);
    const [first] = reply.recommendations;
    expect(first?.support).toBeGreaterThanOrEqual(6);
    expect(first?.evidence).toHaveLength(first?.support ?? 0);
    const { outcome } = await client.search.recommend(about('deploy shop')).then(({ recommendations }) => ({
      outcome: recommendations.map(({ name }) => name),
    }));
    expect(outcome).toContain('test shop');
    expect(outcome).not.toContain('smoke test');
  });

  it('cover only the namespace, also when another one runs the same tasks', async () => {
    const two = await client.search.recommend(about('deploy shop', 'two'));
    expect(relations(two)).toContain('next: smoke test');
    expect(relations(two).join()).not.toMatch(/test shop|build|poll|mail/);
    expect(await client.search.recommend(about('deploy shop', 'three'))).toMatchObject({
      cases: 0,
      recommendations: [],
    });
  });

  it('are shown by the command line', async () => {
    const { stdout } = await precedent('recommend', '--name', 'test shop', '--', 'true', 'test shop');
    expect(stdout).toMatch(/depends on +build shop +\d+ of 10/);
    expect(stdout).toMatch(/followed by +deploy shop/);
  });
});

describe('duplicates', () => {
  it('are reported before a task is submitted again, and only within the namespace', async () => {
    const spec = step('count stock', { payload: { shop: 'berlin' } });
    // No worker serves this pool: the task waits for as long as the test runs.
    const { id } = await client.submit({ ...spec, pool: 'nobody' });
    await indexed();
    const ask = { ...about('count stock'), payload: { shop: 'berlin' } };
    const { duplicates } = await client.search.predict(ask);
    expect(duplicates).toMatchObject({ equal: [{ task: id, state: 'active' }], similar: [] });
    const paris = await client.search.predict({ ...ask, payload: { shop: 'paris' } });
    expect(paris.duplicates).toMatchObject({ equal: [], similar: [{ task: id, isSameKind: true }] });
    expect(await client.search.predict({ ...ask, namespace: 'two' })).not.toHaveProperty('duplicates');
    const deployed = await client.search.predict(about('deploy shop', 'two'));
    expect(deployed.duplicates?.equal).toHaveLength(5);
    await client.cancel(id);
  });
});

describe('failures', () => {
  it('are grouped by cause, with new ones marked, and with advice whether a retry pays', async () => {
    const flaky = (n: number): TaskSpec => {
      const mark = path.join(world.folder, `tried-${n}`);
      const script = `[ -e ${mark} ] || { touch ${mark}; echo "Error: connection reset by mirror" >&2; exit 7; }`;
      return { name: 'fetch mirror', command: script, retry: { max: 1 } };
    };
    const ids = await Promise.all(Array.from({ length: 6 }, (_, n) => run(flaky(n))));
    await indexed();
    const { retry } = await client.search.predict({ id: ids[0] ?? '' });
    expect(retry).toMatchObject({ advice: 'retry', support: 6, succeeded: 1 });
    const { clusters } = await client.search.failures();
    expect(clusters).toMatchObject([{ count: 6, kinds: [{ isNew: true, tasks: 6 }] }]);
    expect(await client.search.failures({ namespace: 'two' })).toMatchObject({ clusters: [] });
    const { stdout } = await precedent('failures', '--since', '1h');
    expect(stdout).toMatch(/6 +\w+ +new .*mirror.*\(6 in 6 tasks\)/);
  });
});

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import type { Client } from '@precedent/client';
import {
  ENGINE_OPERATIONS,
  HISTORY_OPERATIONS,
  SEARCH_OPERATIONS,
  SUBMIT_OPERATIONS,
} from '@precedent/contracts';
import type { ApiVerb, HistoryVerb, Operation, SearchVerb } from '@precedent/contracts';
import { isErrorCode } from '@precedent/kernel';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { environmentOf, startProgram } from './programs.ts';
import { startQdrant } from './qdrant.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };
const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

/** A world with all services. Tasks of type `work` fail when their payload says so; those of type `slow` run until they yield. */
const wholeWorld = async (): Promise<World> => {
  const qdrant = stack.use(await startQdrant());
  const settings = { PRECEDENT_VECTORIZER_URL: qdrant.url, PRECEDENT_VECTORIZER_ENABLED: 'true' };
  const world = stack.use(await emptyWorld({ settings }));
  await world.startEngine();
  const storage = {
    PRECEDENT_NATS_URL: world.nats.url,
    PRECEDENT_STORAGE_DATA_DIR: path.join(world.folder, 'store'),
  };
  const env = environmentOf(`history-${randomUUID()}`, storage);
  const [history] = await Promise.all([
    startProgram('history', env, () => undefined),
    world.startVectorizer(),
    world.startWorker(),
  ]);
  stack.defer(() => history.stop({ stopMs: 5_000, forceMs: 1_000 }));
  const worker = world.client.worker({
    name: 'sdk',
    slots: 1,
    express: 0,
    handlers: {
      work: async (job, context) => {
        context.progress(0.5, 'half of it');
        if (job.task.payload === 'fail') throw new Error('relation "orders" does not exist');
        return { pages: 3 };
      },
      slow: async (_, { checkpoint, signal, yieldSignal, yieldIfRequested }) => {
        await checkpoint({ n: 1 });
        const end = AbortSignal.any([signal, yieldSignal]);
        if (!end.aborted) await once(end, 'abort');
        yieldIfRequested();
      },
    },
  });
  await worker.start();
  stack.defer(() => worker.stop());
  return world;
};

const settled = async (client: Client, id: string, more: object = {}): Promise<string> => {
  const task = { id, type: 'work', name: 'import orders', retry: { max: 1, delay: '20ms' }, ...more };
  await client.submit(task);
  await client.wait(id);
  return id;
};

/** A low task that was preempted by a critical one, and was cancelled. */
const preempted = async (client: Client): Promise<void> => {
  const { id } = await client.submit({ id: 'victim', type: 'slow', band: 'low' });
  await vi.waitFor(async () => expect((await client.get(id)).checkpoint).toBeDefined(), PATIENCE);
  await settled(client, 'urgent', { band: 'critical' });
  await client.cancel(id, 'enough');
  await client.wait(id);
};

/** Everything that a reply can tell, as far as a minute allows. */
const filled = async (world: World): Promise<void> => {
  const { client } = world;
  await settled(client, 'good', { labels: { team: 'shop' }, project: 'shop' });
  for (const id of ['bad', 'worse']) await settled(client, id, { payload: 'fail' });
  for (const id of ['mended', 'past']) await settled(client, id);
  await preempted(client);
  await client.submit({ id: 'waiting', type: 'work', pool: 'elsewhere' });
  const points = [{ key: 'n1', text: 'the disk was full' }];
  await settled(client, 'points', {
    type: 'vectors.update',
    payload: { operation: 'upsert', collection: 'notes', points },
  });
  await vi.waitFor(async () => {
    const { freshness } = await client.search.status();
    const { journalSeq } = await client.status();
    expect(freshness.seq).toBeGreaterThanOrEqual(journalSeq);
  }, PATIENCE);
};

const HOUR_MS = 3_600_000;
const HOUR_AGO = Date.now() - HOUR_MS;

type Requests = readonly object[];

const ENGINE: Readonly<Record<ApiVerb, Requests>> = {
  get: [{ id: 'good' }, { id: 'bad' }, { id: 'victim' }, { id: 'waiting' }],
  list: [{}, { limit: 1 }],
  counts: [{}, { namespace: 'default' }],
  wait: [{ id: 'good' }],
  reband: [{ id: 'waiting', band: 'high' }],
  cancel: [{ id: 'waiting' }],
  why: [{ id: 'victim' }, { id: 'urgent' }, { id: 'waiting' }],
  decisions: [{}],
  dryRun: [{ type: 'work' }, { type: 'unknown' }],
  workers: [{}],
  status: [{}],
  bulkPreview: [{ action: 'cancel' }, { action: 'delete', filter: { state: ['failed'] } }],
  // A token is of a preview: test/src/e2e/bulk.test.ts starts one.
  bulkStart: [],
  retry: [{ id: 'worse' }],
  delete: [{ id: 'worse', namespace: 'default' }],
  // Not the task that was just deleted: the history may have removed it or not.
  deleteForgotten: [{ id: 'past', namespace: 'default' }],
};

const HISTORY: Readonly<Record<HistoryVerb, Requests>> = {
  get: [{ id: 'good' }, { id: 'bad' }, { id: 'victim' }],
  list: [{}, { limit: 1 }],
  stats: [{}, { since: HOUR_AGO, until: HOUR_AGO + 2 * HOUR_MS, bucketMs: HOUR_MS }],
  events: [{}, { task: 'bad' }],
  feed: [{ after: '0000000000000.00000' }, { task: 'bad' }],
  logs: [{ id: 'bad' }, { id: 'points', limit: 1 }],
  decisions: [{}],
  search: [{ text: 'orders' }],
  status: [{}],
  copy: [{}],
  optimise: [{}],
  rebuild: [{}],
};

const SEARCH: Readonly<Record<SearchVerb, Requests>> = {
  resolve: [{ id: 'bad', text: 'run the migrations', by: 'ada', evidence: 'mended' }],
  remember: [{ text: 'orders are imported at night', sources: ['good'], tags: ['shop'], ttl: '1h' }],
  find: [
    { query: 'orders of project shop' },
    { query: 'relation does not exist', filters: { type: 'work' } },
  ],
  seen: [{ id: 'worse' }, { id: 'bad' }],
  diff: [{ id: 'bad' }],
  predict: [{ id: 'waiting' }, { type: 'work', name: 'import orders' }],
  recommend: [{ id: 'mended' }],
  failures: [{}],
  recall: [{ query: 'orders at night' }],
  documents: [{ collection: 'notes', query: 'disk' }],
  collections: [{}],
  status: [{}],
};

/** One row for each request of a catalogue, in its order. */
const rowsOf = <V extends string>(
  operations: Readonly<Record<V, Operation>>,
  requests: Readonly<Record<V, Requests>>,
): readonly (readonly [string, object, Operation])[] =>
  (Object.keys(requests) as V[]).flatMap((verb) =>
    requests[verb].map(
      (request) => [`${operations[verb].group}.${verb}`, request, operations[verb]] as const,
    ),
  );

interface Info {
  readonly endpoints: readonly { readonly name: string; readonly metadata: Record<string, string> }[];
}

/** The names of the programs' services, and the most bytes that one may need to describe itself. */
const SERVICES = ['precedent-submit', 'precedent-engine', 'precedent-history', 'precedent-search'];
const INFO_BYTES_MAX = 100_000;

describe('the services of a running cell', () => {
  let world: World;
  beforeAll(async () => {
    world = await wholeWorld();
    await filled(world);
  });

  const replyTo = async (subject: string, request: object): Promise<unknown> => {
    const { link, subjects } = world.client;
    const reply = await link.request(`${subjects.root}.${subject}`, JSON.stringify(request), {
      timeout: 30_000,
    });
    return reply.json();
  };

  it('are seen at work: there are decisions, precedents, predictions and documents to check', async () => {
    const { client } = world;
    expect((await client.why('victim')).preemptedBy).toHaveLength(1);
    expect((await client.history.get('bad')).attempts).toHaveLength(2);
    expect((await client.search.seen('worse')).same).toBeDefined();
    expect((await client.search.documents('disk', { collection: 'notes' })).hits).toHaveLength(1);
  });

  it.each([
    ...rowsOf(SEARCH_OPERATIONS, SEARCH),
    ...rowsOf(HISTORY_OPERATIONS, HISTORY),
    ...rowsOf(ENGINE_OPERATIONS, ENGINE),
  ])(
    'answer %s %j as the schema of the reply says, without another field',
    async (name, request, { reply }) => {
      const answer = await replyTo(name, request);
      expect(answer).not.toHaveProperty('error.code', 'INVALID_REQUEST');
      expect(reply.parse(answer)).toEqual(answer);
    },
  );

  it('answer submissions as the schema of the reply says, refusals of a list included', async () => {
    const { reply } = SUBMIT_OPERATIONS.submit;
    for (const request of [{ type: 'work' }, [{ type: 'work' }, { type: 'no good' }]]) {
      const answer = await replyTo('submit.low', request);
      expect(reply.parse(answer)).toEqual(answer);
    }
  });

  it.each([
    ['task.get', ENGINE_OPERATIONS.get],
    ['task.cancel', ENGINE_OPERATIONS.cancel],
    ['task.why', ENGINE_OPERATIONS.why],
    ['history.get', HISTORY_OPERATIONS.get],
    ['search.seen', SEARCH_OPERATIONS.seen],
    ['search.diff', SEARCH_OPERATIONS.diff],
    ['search.recommend', SEARCH_OPERATIONS.recommend],
  ] as const)('refuse an unknown task in %s with an error that its entry lists', async (name, operation) => {
    const answer = (await replyTo(name, { id: 'nothing' })) as { readonly error: { readonly code: string } };
    const { code } = answer.error;
    expect(isErrorCode(code) && operation.errors.includes(code)).toBe(true);
  });

  it.each(SERVICES)('describe the operations of %s whole in one message', async (name) => {
    const reply = await world.client.link.request(`$SRV.INFO.${name}`);
    expect(reply.data.length).toBeLessThan(INFO_BYTES_MAX);
    for (const { metadata } of reply.json<Info>().endpoints)
      for (const schema of ['request', 'reply']) expect(metadata[schema]).toMatch(/^\{"\$schema"/);
  });
});

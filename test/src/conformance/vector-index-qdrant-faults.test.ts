import { qdrantVectorIndex } from '@precedent/qdrant';
import type { QdrantIndexOptions } from '@precedent/qdrant';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SPEC, aPoint, problemOf } from './vector-index-points.ts';
import { startQdrant } from '../e2e/qdrant.ts';

const NEAR = Float32Array.of(1, 0, 0, 0);
const ACME = { namespace: 'acme' };

const setup = async (options: Partial<QdrantIndexOptions> & { serverKey?: string } = {}) => {
  const { serverKey, ...rest } = options;
  const server = await startQdrant(serverKey === undefined ? {} : { apiKey: serverKey });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const index = qdrantVectorIndex({ url: server.url, ...rest });
  /** A request of a foreign client, past the adapter. */
  const raw = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${server.url}/collections${path}`, {
      method,
      headers: { 'content-type': 'application/json', connection: 'close' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { result } = (await answer.json()) as { result: unknown };
    return { ...(result as object) };
  };
  return { server, index, raw };
};

describe('a server that is killed', () => {
  it('is VECTORS_UNAVAILABLE to every method, and has after a restart all that was confirmed', async () => {
    const { server, index } = await setup();
    await index.ensure({ name: 'main', ...SPEC });
    await index.alias('now', 'main');
    let confirmed = 0;
    const writing = (async () => {
      for (;;) {
        await index.upsert('main', [aPoint(confirmed), aPoint(confirmed + 1)]);
        confirmed += 2;
      }
    })();
    const failed = problemOf(writing);
    while (confirmed < 20) await index.ping();
    await server.kill();
    expect((await failed).code).toBe('VECTORS_UNAVAILABLE');
    const calls = [
      index.ensure({ name: 'main', ...SPEC }),
      index.collections(),
      index.drop('main'),
      index.upsert('main', [aPoint(1)]),
      index.fill('main', [aPoint(1)], { final: true }),
      index.query('main', { filter: ACME, vector: NEAR, limit: 1 }),
      index.scroll('main', ACME, { limit: 1 }),
      index.count('main', ACME),
      index.remove('main', ACME),
      index.walk('main', {}, { limit: 1 }),
      index.size('main', {}),
      index.alias('now', 'main'),
      index.behind('now'),
      index.ping(),
    ];
    for (const problem of await Promise.all(calls.map(problemOf)))
      expect(problem).toMatchObject({
        code: 'VECTORS_UNAVAILABLE',
        message: expect.stringContaining('ECONNREFUSED') as string,
      });
    await server.restart();
    expect(await index.count('main', ACME)).toBeGreaterThanOrEqual(confirmed);
    const [hit] = await index.query('now', { filter: ACME, vector: NEAR, anyTerm: ['point 0'], limit: 1 });
    expect(hit?.payload).toEqual(aPoint(0).payload);
    await index.upsert('main', [aPoint(10_000)]);
    expect(await index.count('main', { ...ACME, ranges: { at: { from: 11_000 } } })).toBe(1);
  });

  it('and started again is not noticed by a question that comes while connections are still open', async () => {
    const { server, index } = await setup();
    await index.ensure({ name: 'main', ...SPEC });
    await index.upsert('main', [aPoint(1)]);
    await server.restart();
    expect(await index.count('main', ACME)).toBe(1);
  });
});

describe('a server that does not answer', () => {
  it('is VECTORS_UNAVAILABLE after the time limit, and works again when the server continues', async () => {
    const { server, index: patient } = await setup();
    const index = qdrantVectorIndex({ url: server.url, readMs: 200, writeMs: 300 });
    await patient.ensure({ name: 'main', ...SPEC });
    process.kill(server.pid, 'SIGSTOP');
    expect(await problemOf(index.count('main', ACME))).toEqual({
      code: 'VECTORS_UNAVAILABLE',
      message: 'counting main: no answer within 200 ms',
    });
    expect((await problemOf(index.upsert('main', [aPoint(1)]))).message).toBe(
      'storing in main: no answer within 300 ms',
    );
    process.kill(server.pid, 'SIGCONT');
    await patient.upsert('main', [aPoint(2)]);
    expect(await patient.count('main', { ...ACME, ranges: { at: { from: 1_002 } } })).toBe(1);
  });

  it('or is not there at all, is reported at once', async () => {
    const index = qdrantVectorIndex({ url: 'http://127.0.0.1:9' });
    expect((await problemOf(index.ping())).code).toBe('VECTORS_UNAVAILABLE');
  });
});

describe('the key', () => {
  it('is required where the server has one, and a wrong key is reported', async () => {
    const { server, index } = await setup({ serverKey: 'secret', apiKey: 'secret' });
    await index.ensure({ name: 'main', ...SPEC });
    for (const key of [{}, { apiKey: 'other' }]) {
      const withWrongKey = qdrantVectorIndex({ url: server.url, ...key });
      expect(await problemOf(withWrongKey.collections())).toEqual({
        code: 'VECTORS_UNAVAILABLE',
        message: 'listing collections: Qdrant refuses the API key',
      });
    }
  });
});

describe('a foreign collection', () => {
  const foreign: readonly (readonly [string, object])[] = [
    ['other dimensions', { vectors: { size: 5, distance: 'Cosine' } }],
    ['another distance', { vectors: { size: 4, distance: 'Dot' } }],
    ['named vectors', { vectors: { one: { size: 4, distance: 'Cosine' } } }],
  ];
  it.each(foreign)('with %s is refused, and not touched', async (_, layout) => {
    const { index, raw } = await setup();
    await raw('PUT', '/main', layout);
    const before = await raw('GET', '/main');
    expect(await problemOf(index.ensure({ name: 'main', ...SPEC }))).toMatchObject({
      code: 'INVALID_REQUEST',
      issues: [{ field: 'name' }],
    });
    expect(await raw('GET', '/main')).toEqual(before);
  });

  it('with points, but without our indexes, is refused, and not touched', async () => {
    const { index, raw } = await setup();
    await raw('PUT', '/main', { vectors: { size: 4, distance: 'Cosine' } });
    await raw('PUT', '/main/points?wait=true', { points: [{ id: 1, vector: [1, 0, 0, 0] }] });
    const problem = await problemOf(index.ensure({ name: 'main', ...SPEC }));
    expect(problem.message).toBe('collection main is there with points, and no index of namespace');
    expect((await raw('GET', '/main'))['payload_schema']).toEqual({});
  });
});

describe('our collection', () => {
  const schemaOf = async (raw: (method: string, path: string) => Promise<Record<string, unknown>>) =>
    (await raw('GET', '/main'))['payload_schema'];

  it('indexes the namespace as tenant, and texts for phrases', async () => {
    const { index, raw } = await setup();
    await index.ensure({ name: 'main', ...SPEC });
    expect(await schemaOf(raw)).toMatchObject({
      namespace: { data_type: 'keyword', params: { is_tenant: true } },
      text: { data_type: 'text', params: { tokenizer: 'word', lowercase: true, phrase_matching: true } },
      at: { data_type: 'float' },
      kind: { data_type: 'keyword' },
      final: { data_type: 'bool' },
    });
  });

  it('is completed when its creation was interrupted', async () => {
    const { index, raw } = await setup();
    await raw('PUT', '/main', { vectors: { size: 4, distance: 'Cosine' } });
    await index.ensure({ name: 'main', ...SPEC });
    expect(Object.keys((await schemaOf(raw)) as object).toSorted()).toEqual(
      ['at', 'code', 'final', 'kind', 'namespace', 'ratio', 'tags', 'text'].toSorted(),
    );
  });

  it('may be created by two clients at once', async () => {
    const { server, index, raw } = await setup();
    const other = qdrantVectorIndex({ url: server.url });
    await Promise.all([index, other].map((one) => one.ensure({ name: 'main', ...SPEC })));
    expect(Object.keys((await schemaOf(raw)) as object)).toHaveLength(8);
  });

  it('is quantised once it is large, and still answers with exact scores', async () => {
    const { index, raw } = await setup({ quantisedFrom: 200 });
    const configOf = async () =>
      ((await raw('GET', '/main'))['config'] as Record<string, unknown>)['quantization_config'];
    await index.ensure({ name: 'main', ...SPEC });
    await index.upsert(
      'main',
      Array.from({ length: 150 }, (_, n) => aPoint(n)),
    );
    expect(await configOf()).toBeNull();
    await index.upsert(
      'main',
      Array.from({ length: 150 }, (_, n) => aPoint(n + 150)),
    );
    await index.ensure({ name: 'main', ...SPEC });
    expect(await configOf()).toMatchObject({ scalar: { type: 'int8' } });
    const hits = await index.query('main', { filter: ACME, vector: NEAR, limit: 3 });
    expect(hits.map(({ id }) => Number(id.slice(-4)))).toEqual([0, 1, 2]);
    expect(hits[1]?.score).toBeCloseTo(1 / Math.sqrt(1.01), 5);
  });

  it('is read from the disk while it is too large for the memory, with its quantised copies', async () => {
    const { index, raw } = await setup({ quantisedFrom: 10 });
    await index.ensure({ name: 'main', ...SPEC });
    await index.upsert(
      'main',
      Array.from({ length: 20 }, (_, n) => aPoint(n)),
    );
    const placed = async () => {
      const { config } = (await raw('GET', '/main')) as { config: Record<string, Record<string, unknown>> };
      const { vectors } = config['params'] as { vectors: { on_disk?: boolean } };
      const { always_ram } = (config['quantization_config'] as { scalar: { always_ram: boolean } }).scalar;
      const indexes = Object.values(
        (await schemaOf(raw)) as Record<string, { params?: { on_disk?: boolean } }>,
      ).map(({ params }) => params?.on_disk ?? false);
      return [
        vectors.on_disk ?? false,
        config['hnsw_config']?.['on_disk'] ?? false,
        always_ram,
        new Set(indexes),
      ];
    };
    expect(await placed()).toEqual([false, false, true, new Set([false])]);
    expect(await index.limitMemory(['main'], 0)).toEqual({ bytes: 24_000, points: 20, onDisk: ['main'] });
    expect(await placed()).toEqual([true, true, false, new Set([true])]);
    await index.limitMemory(['main'], 1e9);
    expect(await placed()).toEqual([false, false, true, new Set([false])]);
  });
});

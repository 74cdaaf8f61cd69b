import { AppError } from '@precedent/kernel';
import { memoryVectorIndex } from '@precedent/memory';
import type { Embedder } from '@precedent/ports';
import {
  INDEXED_FIELDS,
  noteDocument,
  recall,
  resolutionDocument,
  search,
  shortHash,
  wordVectors,
} from '@precedent/semantic';
import type { SearchContext, SemanticDocument } from '@precedent/semantic';
import { describe, expect, it } from 'vitest';

const NOW = Date.parse('2026-11-20T06:00:00Z');
const DAY = 86_400_000;

/** Words as dimensions: near is what shares words. */
const wordEmbedder = (): Embedder => ({
  model: { name: 'words', dimensions: 64 },
  embed: async (texts) =>
    texts.map((text) => {
      const vector = new Float32Array(64).fill(0.01);
      for (const word of text.toLowerCase().split(/\W+/)) {
        const at = Number.parseInt(shortHash(word).slice(0, 6), 16) % 64;
        vector[at] = (vector[at] ?? 0) + 1;
      }
      return vector;
    }),
  close: async () => undefined,
});

const brokenEmbedder = (): Embedder => ({
  ...wordEmbedder(),
  embed: () => Promise.reject(new AppError('EMBEDDER_UNAVAILABLE', 'the model is not there')),
});

const setup = async () => {
  const embedder = wordEmbedder();
  const ground = { index: memoryVectorIndex(), collection: 'c', embedder };
  await ground.index.ensure({ name: 'c', dimensions: 64, indexed: INDEXED_FIELDS });
  const keep = async ({ id, text, payload }: SemanticDocument): Promise<void> => {
    const [vector = new Float32Array(64)] = await embedder.embed([text]);
    await ground.index.upsert('c', [{ id, vector, payload }]);
  };
  const tell = (
    text: string,
    given: { project?: string; namespace?: string; at?: number; expiresAt?: number } = {},
  ) =>
    keep(noteDocument({ namespace: 'default', project: 'shop', by: 'dana', at: NOW - DAY, text, ...given }));
  const ask = (query: string, more: object = {}, on: SearchContext = ground) =>
    search(on, { namespace: 'default', query, now: NOW, ...more });
  return { ground, keep, tell, ask };
};

describe('a search', () => {
  it('finds by meaning, by ids, and never across namespaces', async () => {
    const { tell, ask } = await setup();
    await tell('the disk of the backup was full');
    await tell('deploy of ticket ORD-17 broke');
    await tell('the disk was full', { namespace: 'other' });
    const { hits, semantic } = await ask('disk full');
    expect(semantic).toBe(true);
    expect(hits[0]?.payload.text).toBe('the disk of the backup was full');
    expect(hits.every(({ payload }) => payload.namespace === 'default')).toBe(true);
    expect((await ask('ORD-17')).hits[0]?.payload.text).toContain('ORD-17');
  });

  it('shows what it understood, and lets explicit filters win', async () => {
    const { tell, ask } = await setup();
    await tell('disk full', { project: 'shop' });
    await tell('disk full here too', { project: 'web' });
    const read = await ask('disk in project web');
    expect(read.understood).toMatchObject({ text: 'disk', filters: { project: ['web'] } });
    expect(read.hits.map(({ payload }) => payload['project'])).toEqual(['web']);
    const edited = await ask('disk in project web', { filters: { project: ['shop'] } });
    expect(edited.hits.map(({ payload }) => payload['project'])).toEqual(['shop']);
    const asItIs = await ask('disk in project web', { parse: false });
    expect([asItIs.hits.length, asItIs.filters]).toEqual([2, {}]);
  });

  it('keeps to a span of time', async () => {
    const { tell, ask } = await setup();
    await tell('disk full', { at: NOW - 3 * DAY });
    expect((await ask('disk since yesterday')).hits).toEqual([]);
    expect((await ask('disk in the last 7 days')).hits).toHaveLength(1);
  });

  it('is by words, and says so, without a model and with one that fails', async () => {
    const { ground, tell, ask } = await setup();
    await tell('the disk of the backup was full');
    const { embedder: _, ...bare } = ground;
    for (const on of [bare, { ...ground, embedder: brokenEmbedder() }]) {
      const { hits, semantic, partial } = await ask('full disks', {}, on);
      expect([hits.length, semantic, partial]).toEqual([1, false, false]);
    }
    expect(await ask('full disks', { semantic: false })).toMatchObject({ semantic: false });
  });

  it('goes on without comparing words when the model fails in between', async () => {
    const { ground, tell, ask } = await setup();
    await tell('the disk of the backup was full');
    const words = wordVectors(brokenEmbedder());
    expect(await ask('full disks', {}, { ...ground, words })).toMatchObject({
      semantic: true,
      hits: [{ count: 1 }],
    });
  });

  it('gives as many lines as asked for, one for equal texts', async () => {
    const { tell, ask } = await setup();
    for (const project of ['a', 'b', 'c']) await tell('disk full', { project });
    await tell('disk empty');
    const { hits } = await ask('disk full', { limit: 1 });
    expect(hits).toMatchObject([{ count: 3 }]);
    expect((await ask('top 2 notes disk')).hits).toHaveLength(2);
  });

  it('of an empty index has no hits and low confidence', async () => {
    const { ask } = await setup();
    expect(await ask('anything')).toMatchObject({ hits: [], confidence: { level: 'low' } });
  });
});

describe('memory', () => {
  it('recalls notes and resolutions with who said it, and none that expired', async () => {
    const { ground, keep, tell } = await setup();
    await tell('the bank delivers after seven', { expiresAt: NOW + 1 });
    await tell('the bank delivered before six', { expiresAt: NOW - 1 });
    const facts = {
      namespace: 'default',
      project: 'shop',
      by: 'li',
      at: NOW,
      task: 'a',
      evidence: 'b',
      fingerprint: 'f',
      text: 'ask the bank',
    };
    await keep(resolutionDocument(facts));
    const { notes } = await recall(ground, {
      namespace: 'default',
      project: 'shop',
      query: 'bank',
      now: NOW,
    });
    const told = notes.toSorted((a, b) => (a.by < b.by ? -1 : 1));
    expect(told.map(({ by, kind, sources }) => [by, kind, sources])).toEqual([
      ['dana', 'note', []],
      ['li', 'resolution', ['b']],
    ]);
  });

  it('keeps a note that is told twice once', async () => {
    const { ground, tell } = await setup();
    await tell('once');
    await tell('once', { at: NOW });
    expect(await ground.index.count('c', { namespace: 'default' })).toBe(1);
    expect(
      noteDocument({ namespace: 'd', project: 'p', by: 'x', at: 1, text: 'my password: hunter2' }).text,
    ).toBe('my password: [secret]');
  });
});

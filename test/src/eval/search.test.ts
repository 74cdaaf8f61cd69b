import { AppError } from '@precedent/kernel';
import { memoryVectorIndex } from '@precedent/memory';
import type { Embedder } from '@precedent/ports';
import {
  documentsOf,
  INDEXED_FIELDS,
  noteDocument,
  recall,
  resolutionDocument,
  search,
  wordVectors,
} from '@precedent/semantic';
import type { SearchContext, SemanticDocument } from '@precedent/semantic';
import { describe, expect, it } from 'vitest';
import { wordEmbedder } from '../semantic/word-embedder.ts';

const NOW = Date.parse('2026-11-20T06:00:00Z');
const DAY = 86_400_000;

const RESOLUTION = {
  namespace: 'default',
  project: 'shop',
  by: 'li',
  at: NOW,
  task: 'task-1',
  evidence: 'task-2',
  fingerprint: 'f',
};

const run = (id: string, name: string, attempt: object): readonly SemanticDocument[] =>
  documentsOf({
    id,
    namespace: 'default',
    project: 'shop',
    type: 'command',
    band: 'normal',
    name,
    submittedAt: NOW - DAY,
    attempts: [{ n: 1, worker: 'w', startedAt: NOW - DAY, endedAt: NOW - DAY + 1, ...attempt }],
  });
const finishedTask = (id: string, name: string) => run(id, name, { outcome: 'completed' });
const failedTask = (id: string, name: string, error = 'quota of the bucket exceeded') =>
  run(id, name, {
    outcome: 'failed',
    exitCode: 1,
    error: { code: 'COMMAND_FAILED', message: 'command exited with code 1' },
    output: `start\nError: ${error}\n`,
  });

const brokenEmbedder = (): Embedder => ({
  ...wordEmbedder(),
  embed: () => Promise.reject(new AppError('EMBEDDER_UNAVAILABLE', 'the model is not there')),
});

const setup = async () => {
  const embedder = wordEmbedder();
  const context = { index: memoryVectorIndex(), collection: 'c', embedder };
  await context.index.ensure({ name: 'c', dimensions: 64, indexed: INDEXED_FIELDS });
  const store = async ({ id, text, payload }: SemanticDocument): Promise<void> => {
    const [vector = new Float32Array(64)] = await embedder.embed([text]);
    await context.index.upsert('c', [{ id, vector, payload }]);
  };
  const addNote = (
    text: string,
    given: { project?: string; namespace?: string; at?: number; expiresAt?: number } = {},
  ) =>
    store(noteDocument({ namespace: 'default', project: 'shop', by: 'dana', at: NOW - DAY, text, ...given }));
  const ask = (query: string, more: object = {}, on: SearchContext = context) =>
    search(on, { namespace: 'default', query, now: NOW, ...more });
  return { context, store, addNote, ask };
};

describe('search', () => {
  it('finds documents by meaning and by ids, and never across namespaces', async () => {
    const { addNote, ask } = await setup();
    await addNote('the disk of the backup was full');
    await addNote('deploy of ticket ORD-17 broke');
    await addNote('the disk was full', { namespace: 'other' });
    const { hits, semantic } = await ask('disk full');
    expect(semantic).toBe(true);
    expect(hits[0]?.payload.text).toBe('the disk of the backup was full');
    expect(hits.every(({ payload }) => payload.namespace === 'default')).toBe(true);
    expect((await ask('ORD-17')).hits[0]?.payload.text).toContain('ORD-17');
  });

  it('shows the filters that it read out of the query, and prefers explicit ones', async () => {
    const { addNote, ask } = await setup();
    await addNote('disk full', { project: 'shop' });
    await addNote('disk full here too', { project: 'web' });
    const read = await ask('disk in project web');
    expect(read.understood).toMatchObject({ text: 'disk', filters: { project: ['web'] } });
    expect(read.hits.map(({ payload }) => payload['project'])).toEqual(['web']);
    const edited = await ask('disk in project web', { filters: { project: ['shop'] } });
    expect(edited.hits.map(({ payload }) => payload['project'])).toEqual(['shop']);
    const asItIs = await ask('disk in project web', { parse: false });
    expect([asItIs.hits.length, asItIs.filters]).toEqual([2, {}]);
  });

  it('limits the hits to the time range of the query', async () => {
    const { addNote, ask } = await setup();
    await addNote('disk full', { at: NOW - 3 * DAY });
    expect((await ask('disk', { filters: { since: NOW - DAY } })).hits).toEqual([]);
    expect((await ask('disk in the last 7 days')).hits).toHaveLength(1);
  });

  it('searches without a filter of the words that leaves nothing, and says so', async () => {
    const { addNote, ask } = await setup();
    await addNote('disk full', { at: NOW - 3 * DAY });
    expect(await ask('disk since yesterday')).toMatchObject({
      hits: [{ count: 1 }],
      filters: {},
      dropped: [{ field: 'time', words: 'since yesterday' }],
    });
    const explicit = await ask('disk since yesterday', { filters: { project: ['web'] } });
    expect([explicit.hits, explicit.filters]).toEqual([[], { project: ['web'] }]);
  });

  it('reads no filter that is ignored out of the query', async () => {
    const { addNote, ask } = await setup();
    await addNote('disk full', { at: NOW - 3 * DAY });
    const { understood } = await ask('top 3 notes disk since yesterday', { ignored: ['time'] });
    expect(understood).toMatchObject({ limit: 3, filters: {}, phrases: [{ field: 'limit' }] });
  });

  it('folds the documents of a task into one hit, the failure first, with the lines that match', async () => {
    const { store, ask } = await setup();
    for (const document of failedTask('task-1', 'upload archive')) await store(document);
    const { hits } = await ask('upload archive quota');
    expect(hits.map(({ payload }) => [payload['task'], payload['kind']])).toEqual([['task-1', 'failure']]);
    expect(hits[0]?.others.length).toBeGreaterThanOrEqual(2);
  });

  it('shows the failure of a task of which another document was nearer', async () => {
    const { store, ask } = await setup();
    for (const document of failedTask('task-1', 'upload archive')) await store(document);
    for (let n = 0; n < 120; n++)
      await store(resolutionDocument({ ...RESOLUTION, text: `quota error ${n} bucket exceeded` }));
    const { hits } = await ask('upload archive', { limit: 50 });
    const ofTask = hits.filter(({ payload }) => payload['kind'] !== 'resolution');
    expect(ofTask.map(({ payload }) => payload['kind'])).toEqual(['failure']);
  });

  it('ranks runs after failures, and finds a task that never failed by its name', async () => {
    const { store, ask } = await setup();
    for (const document of [
      ...failedTask('task-1', 'upload archive'),
      ...finishedTask('task-2', 'rotate logs'),
    ])
      await store(document);
    const kinds = async (query: string) => (await ask(query)).hits.map(({ payload }) => payload['kind']);
    expect((await kinds('archive of logs'))[0]).toBe('failure');
    expect((await ask('rotate logs')).hits[0]?.payload['task']).toBe('task-2');
  });

  it('looks for resolutions first when the query asks what fixed a problem', async () => {
    const { store, ask } = await setup();
    for (const document of [
      ...failedTask('task-1', 'upload archive'),
      ...failedTask('task-3', 'render maps', 'projection unknown'),
    ])
      await store(document);
    await store(resolutionDocument({ ...RESOLUTION, subject: 'upload archive', text: 'emptied the bucket' }));
    const first = async (query: string) => (await ask(query)).hits[0]?.payload['kind'];
    expect(await first('what fixed the quota of the upload')).toBe('resolution');
    expect(await first('quota of the upload')).toBe('failure');
    expect(await first('what fixed the unknown projection of render maps')).toBe('failure');
  });

  it('searches by words without a model or with a failing one, and reports that', async () => {
    const { context, addNote, ask } = await setup();
    await addNote('the disk of the backup was full');
    const { embedder: _, ...withoutEmbedder } = context;
    for (const on of [withoutEmbedder, { ...context, embedder: brokenEmbedder() }]) {
      const { hits, semantic, partial } = await ask('full disks', {}, on);
      expect([hits.length, semantic, partial]).toEqual([1, false, false]);
    }
    expect(await ask('full disks', { semantic: false })).toMatchObject({ semantic: false });
  });

  it('says whether the best hit covers the words of the query', async () => {
    const { context, addNote, ask } = await setup();
    const on = { ...context, words: wordVectors(wordEmbedder()) };
    await addNote('the disk of the backup was full');
    const confidence = { level: 'low' };
    expect(await ask('zebra stripes giraffe spots', {}, on)).toMatchObject({ fits: true });
    for (let n = 0; n < 20; n++) await addNote(`report ${'abcdefghijklmnopqrst'[n]} was late`);
    expect(await ask('full disks', {}, on)).toMatchObject({ fits: true });
    expect(await ask('zebra stripes', {}, on)).toMatchObject({ fits: true });
    expect(await ask('zebra stripes giraffe spots', {}, on)).toMatchObject({ fits: false, confidence });
    expect(await ask('zebra', { semantic: false }, on)).toMatchObject({ fits: false, hits: [] });
  });

  it('takes a rare word for no other word, and judges no query of which most words are unknown', async () => {
    const { context, addNote, ask } = await setup();
    const near = { similarity: () => 0.5, learn: async () => undefined };
    const withWords = (commonness: (word: string) => number) => ({
      ...context,
      words: { ...near, commonness },
    });
    for (let n = 0; n < 20; n++) await addNote(`report ${'abcdefghijklmnopqrst'[n]} was late`);
    const query = 'zebra giraffe panther leopard';
    const [everyday, halfRare, foreign] = [() => 1, (word: string) => (word < 'm' ? 1 : 0), () => 0];
    expect(await ask(query, {}, withWords(everyday))).toMatchObject({ fits: true });
    expect(await ask(query, {}, withWords(halfRare))).toMatchObject({ fits: false });
    expect(await ask(query, {}, withWords(foreign))).toMatchObject({ fits: true });
  });

  it('continues without comparing words when the model fails in between', async () => {
    const { context, addNote, ask } = await setup();
    await addNote('the disk of the backup was full');
    const words = wordVectors(brokenEmbedder());
    expect(await ask('full disks', {}, { ...context, words })).toMatchObject({
      semantic: true,
      hits: [{ count: 1 }],
    });
  });

  it('returns the requested number of hits, one for equal texts', async () => {
    const { addNote, ask } = await setup();
    for (const project of ['a', 'b', 'c']) await addNote('disk full', { project });
    await addNote('disk empty');
    const { hits } = await ask('disk full', { limit: 1 });
    expect(hits).toMatchObject([{ count: 3 }]);
    expect((await ask('top 2 notes disk')).hits).toHaveLength(2);
  });

  it('finds no hits in an empty index, with low confidence', async () => {
    const { ask } = await setup();
    expect(await ask('anything')).toMatchObject({ hits: [], confidence: { level: 'low' } });
  });
});

describe('recall', () => {
  it('returns notes and resolutions with their authors, and none that expired', async () => {
    const { context, store, addNote } = await setup();
    await addNote('the bank delivers after seven', { expiresAt: NOW + 1 });
    await addNote('the bank delivered before six', { expiresAt: NOW - 1 });
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
    await store(resolutionDocument(facts));
    const { notes } = await recall(context, {
      namespace: 'default',
      project: 'shop',
      query: 'bank',
      now: NOW,
    });
    const sorted = notes.toSorted((a, b) => (a.by < b.by ? -1 : 1));
    expect(sorted.map(({ by, kind, sources }) => [by, kind, sources])).toEqual([
      ['dana', 'note', []],
      ['li', 'resolution', ['b']],
    ]);
  });

  it('stores a note once that is added twice', async () => {
    const { context, addNote } = await setup();
    await addNote('once');
    await addNote('once', { at: NOW });
    expect(await context.index.count('c', { namespace: 'default' })).toBe(1);
    expect(
      noteDocument({ namespace: 'd', project: 'p', by: 'x', at: 1, text: 'my password: hunter2' }).text,
    ).toBe('my password: [secret]');
  });
});

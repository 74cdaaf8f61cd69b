import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MemoryStorage, memoryJournalReader, memoryLog, memoryVectorIndex } from '@precedent/memory';
import { connectNats, natsJournalReader, natsLog } from '@precedent/nats';
import type { Embedder, JournalReader, VectorIndex } from '@precedent/ports';
import { systemClock } from '@precedent/processes';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { INDEXED_FIELDS, Indexer, Notes, CollectionSet, collectionNames } from '@precedent/semantic';
import { sqliteIndexState } from '@precedent/sqlite';
import type { JournalRecord } from '@precedent/tasks';
import { startNats } from '@precedent/testkit';
import { startQdrant } from '../e2e/qdrant.ts';
import { CLASS, entryOf } from './journal-entries.ts';

const COLLECTION = 'interactions-test';
const PATIENT = { timeout: 20_000, interval: 20 };
const POISON = 'poison';

/** Its vectors fit the collection, except those of texts with POISON, which every index refuses permanently. */
const embedder: Embedder = {
  model: { name: 'test', dimensions: 4 },
  embed: async (texts) =>
    texts.map((text) => Float32Array.of(1, text.length, 0, 0, ...(text.includes(POISON) ? [1] : []))),
  close: async () => undefined,
};

const collectionSetOn = async (index: VectorIndex): Promise<CollectionSet> => {
  await index.ensure({ name: COLLECTION, dimensions: 4, indexed: INDEXED_FIELDS });
  return new CollectionSet(index, collectionNames(), {
    active: {
      collection: COLLECTION,
      dimensions: 4,
      model: { documents: embedder, queries: embedder },
    },
    hasUnembedded: false,
  });
};

const folder = (): string => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-set-aside-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

const lifeOf = (id: string, name: string, args: readonly string[] = []): readonly JournalRecord[] => [
  {
    kind: 'submitted',
    id,
    at: 1,
    class: CLASS,
    body: JSON.stringify({ name, command: 'run', args }),
  },
  { kind: 'leased', id, at: 2, worker: 'w', session: 's', epoch: 1 },
  { kind: 'settled', id, at: 3, state: 'completed' },
];

interface Indexing {
  readonly reader: JournalReader;
  readonly index: VectorIndex;
  readonly stateFile?: string;
}

/** A running indexer; the test fails when it ends by itself. */
const indexing = async ({ reader, index, stateFile = ':memory:' }: Indexing) => {
  const state = sqliteIndexState(stateFile);
  const indexer = new Indexer({
    reader,
    state,
    collections: await collectionSetOn(index),
    clock: systemClock(),
    // Each of the alike tasks has a document of its own, so that none can be missed unseen.
    successes: { max: 10_000, gapMs: 0 },
    openMax: 10_000,
  });
  const ran = indexer.run();
  const stop = async (): Promise<void> => {
    await indexer.stop();
    await ran;
    state.close();
  };
  return { indexer, ran, stop };
};

const journalOf = async (texts: readonly string[]): Promise<MemoryStorage> => {
  const storage = new MemoryStorage();
  const log = memoryLog({ storage });
  for (const text of texts) await log.append(text, await log.last());
  return storage;
};

const specs = (index: VectorIndex): Promise<number> => index.size(COLLECTION, { kind: 'spec' });

const indexes: readonly (readonly [string, () => Promise<VectorIndex>])[] = [
  ['memory', async () => memoryVectorIndex()],
  [
    'Qdrant',
    async () => {
      const server = await startQdrant();
      onTestFinished(() => server[Symbol.asyncDispose]());
      return qdrantVectorIndex({ url: server.url });
    },
  ],
];

describe.each(indexes)('an indexer with %s', (_, opened) => {
  it('sets aside a document that is refused permanently, indexes all others, and still lists it after a restart', async () => {
    const index = await opened();
    const texts = Array.from({ length: 20 }, (__, n) =>
      entryOf(lifeOf(`task-${n}`, n === 7 ? `job ${POISON}` : `job of ${'abcdefghijklmnopqrstu'.charAt(n)}`)),
    );
    const storage = await journalOf(texts);
    const stateFile = path.join(folder(), 'state.db');
    const first = await indexing({ reader: memoryJournalReader(storage, 'v'), index, stateFile });
    await vi.waitFor(() => expect(first.indexer.status().seq).toBe(20), PATIENT);
    expect(await specs(index)).toBe(19);
    const { setAside } = first.indexer.status();
    expect(setAside.count).toBe(2);
    expect(setAside.latest.map(({ seq, subject }) => `${seq} ${subject}`).toSorted()).toEqual([
      '8 attempt of task task-7',
      '8 spec of task task-7',
    ]);
    expect(setAside.latest[0]?.reason).toMatch(/^INVALID_REQUEST: .*dimension/i);
    await first.stop();

    const log = memoryLog({ storage });
    await log.append(entryOf(lifeOf('task-20', 'one more')), 20);
    const second = await indexing({ reader: memoryJournalReader(storage, 'v'), index, stateFile });
    await vi.waitFor(() => expect(second.indexer.status().seq).toBe(21), PATIENT);
    expect(await specs(index)).toBe(20);
    expect(second.indexer.status().setAside.count).toBe(2);
    await second.stop();
  });
});

describe('an indexer', () => {
  it('sets aside an unreadable entry and a record that cannot be folded, and continues', async () => {
    const noBody = entryOf([...lifeOf('b', 'two'), ...lifeOf('c', 'three')]).replace(
      '"command":"run","args":[]}}',
      '"command":"run","args":{"a":1}}}',
    );
    const storage = await journalOf([entryOf(lifeOf('a', 'one')), '{"v":1', noBody]);
    const index = memoryVectorIndex();
    const { indexer, stop } = await indexing({ reader: memoryJournalReader(storage, 'v'), index });
    await vi.waitFor(() => expect(indexer.status().seq).toBe(3), PATIENT);
    expect(indexer.status().setAside.latest.map(({ seq, subject }) => [seq, subject])).toEqual([
      [3, 'task b'],
      [2, 'entry 2'],
    ]);
    expect(await specs(index)).toBe(2);
    await stop();
  });

  it('stops, and sets nothing aside, when the collection has another layout', async () => {
    const storage = await journalOf([entryOf(lifeOf('a', 'one'))]);
    const index = memoryVectorIndex();
    const collections = await collectionSetOn(index);
    await index.drop(COLLECTION);
    await index.ensure({ name: COLLECTION, dimensions: 3, indexed: INDEXED_FIELDS });
    const state = sqliteIndexState(':memory:');
    const reader = memoryJournalReader(storage, 'v');
    const indexer = new Indexer({ reader, state, collections, clock: systemClock() });
    await expect(indexer.run()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect([state.journal, state.setAside().count]).toEqual([0, 0]);
  });

  it('waits for a NATS server that is restarted under load, and misses nothing', async () => {
    const nats = await startNats();
    onTestFinished(() => nats.stop());
    const nc = await connectNats({ url: nats.url, name: 'test' });
    onTestFinished(() => nc.close());
    const log = await natsLog({ nc, stream: 'JOURNAL', subject: 'journal' });
    let written = 0;
    const write = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++, written++)
        await log.append(entryOf(lifeOf(`task-${written}`, 'a job')), await log.last());
    };
    const index = memoryVectorIndex();
    const reader = await natsJournalReader({ nc, stream: 'JOURNAL', reader: 'vectorizer' });
    await write(300);
    const { indexer, ran, stop } = await indexing({ reader, index });
    const ended = vi.fn();
    void ran.then(ended, ended);
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      const before = indexer.status().seq;
      await vi.waitFor(() => expect(indexer.status().seq).toBeGreaterThan(before), PATIENT);
      await nats.kill(signal);
      await nats.restart();
      await vi.waitFor(() => write(100), PATIENT);
      expect(ended).not.toHaveBeenCalled();
    }
    await vi.waitFor(async () => expect(indexer.status().seq).toBe(await reader.last()), PATIENT);
    expect(indexer.status()).toMatchObject({ trouble: undefined, setAside: { count: 0 } });
    expect(await specs(index)).toBe(written);
    await stop();
  });
});

describe('the state file of an indexer', () => {
  it('holds no secret, neither of open nor of settled tasks, and neither does any file next to it', async () => {
    const dir = folder();
    const secrets = Array.from({ length: 60 }, (_, n) => `hunter${n}tango`);
    const texts = secrets.map((secret, n) => {
      const args = n % 2 === 0 ? ['--password', secret] : [`--token=${secret}`];
      const records = lifeOf(`task-${n}`, `job ${n}`, args);
      return entryOf(n % 3 === 0 ? records.slice(0, 2) : records);
    });
    const storage = await journalOf(texts);
    const { indexer, stop } = await indexing({
      reader: memoryJournalReader(storage, 'v'),
      index: memoryVectorIndex(),
      stateFile: path.join(dir, 'state.db'),
    });
    await vi.waitFor(() => expect(indexer.status().seq).toBe(60), PATIENT);
    const files = readdirSync(dir);
    expect(files).toContain('state.db');
    const content = files.map((file) => readFileSync(path.join(dir, file), 'latin1')).join('');
    expect(content).toContain('task-0');
    // The facts of settled tasks are overwritten.
    expect(content).not.toContain('task-1"');
    expect(secrets.filter((secret) => content.includes(secret))).toEqual([]);
    await stop();
  });
});

describe('notes', () => {
  it('are set aside when they cannot be read or are refused, and the next ones are found', async () => {
    const index = memoryVectorIndex();
    const collections = await collectionSetOn(index);
    const [log, state] = [memoryLog(), sqliteIndexState(':memory:')];
    const note = { kind: 'note', namespace: 'default', project: 'p', by: 'ada', at: 1 } as const;
    const texts = ['no JSON', 'null', '{"kind":"note"}', JSON.stringify({ ...note, text: POISON })];
    for (const text of texts) await log.append(text, await log.last());
    const notes = new Notes({ log, state, collections });
    expect(await notes.add({ ...note, text: 'the key is under the mat' })).toMatchObject({ indexed: true });
    expect(await index.size(COLLECTION, { kind: 'note' })).toBe(1);
    expect(state.setAside().latest.map(({ subject }) => subject)).toEqual([
      'note 4',
      'note 3',
      'note 2',
      'note 1',
    ]);
    await notes.erase([{ id: 'a', namespace: 'default', at: 5 }]);
  });
});

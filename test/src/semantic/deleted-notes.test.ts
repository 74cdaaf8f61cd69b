import { describe, expect, it, vi } from 'vitest';
import { memoryLog } from '@precedent/memory';
import { INDEXED_FIELDS, Notes, removePoints } from '@precedent/semantic';
import { sqliteIndexState } from '@precedent/sqlite';
import { COLLECTION, allOf, collectionOf, collectionSetOn } from './indexing-world.ts';

describe('notes about a deleted task', () => {
  const author = { namespace: 'default', project: 'p', by: 'ada' };
  const setup = async () => {
    const index = await collectionOf();
    const log = memoryLog();
    const state = sqliteIndexState(':memory:');
    const collections = collectionSetOn(index);
    const notes = new Notes({ log, state, collections });
    const texts = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { text } of log.read(0)) found.push((JSON.parse(text) as { text: string }).text);
      return found;
    };
    return { index, collections, log, notes, texts };
  };

  it('are erased up to the deletion, and a rebuild does not restore them', async () => {
    const { index, collections, log, notes, texts } = await setup();
    const fix = { ...author, kind: 'resolution', task: 'a', fingerprint: 'f', evidence: 'b' } as const;
    await notes.add({ ...fix, text: 'own resolution', at: 10 });
    await notes.add({ ...fix, task: 'b', evidence: 'a', text: 'a is only evidence', at: 10 });
    await notes.add({ ...author, kind: 'note', text: 'own note', sources: ['x', 'a'], at: 10 });
    await notes.add({ ...author, kind: 'note', text: 'no source', at: 10 });
    await notes.add({
      ...author,
      kind: 'note',
      namespace: 'other',
      text: 'elsewhere',
      sources: ['a'],
      at: 10,
    });
    await notes.add({ ...author, kind: 'note', text: 'added later', sources: ['a'], at: 31 });
    const deleted = { id: 'a', namespace: 'default', at: 30 };
    await notes.erase([deleted]);
    await removePoints(collections, deleted);
    const left = ['a is only evidence', 'no source', 'elsewhere', 'added later'];
    expect(await texts()).toEqual(left);
    const shown = async (): Promise<string[]> => (await allOf(index)).map((text) => text.slice(37));
    const before = (await shown()).toSorted();
    expect([before.length, await index.count(COLLECTION, { namespace: 'other' })]).toEqual([3, 1]);

    await index.drop(COLLECTION);
    await index.ensure({ name: COLLECTION, dimensions: 4, indexed: INDEXED_FIELDS });
    const again = new Notes({ log, state: sqliteIndexState(':memory:'), collections });
    await again.catchUp();
    await removePoints(collections, deleted);
    expect((await shown()).toSorted()).toEqual(before);
  });

  it('are read once for many deletions, and notes that were added since are found too', async () => {
    const { log, notes, texts } = await setup();
    const note = { ...author, kind: 'note', at: 10 } as const;
    for (const task of ['a', 'b', 'c']) await notes.add({ ...note, text: `of ${task}`, sources: [task] });
    const reading = vi.spyOn(log, 'read');
    const of = (id: string) => ({ id, namespace: 'default', at: 30 });
    await notes.erase([of('a')]);
    await notes.add({ ...note, text: 'of a, under its id again', sources: ['a'], at: 40 });
    await notes.add({ ...note, text: 'of both', sources: ['b', 'd'] });
    reading.mockClear();
    await notes.erase([of('b')]);
    await notes.erase([of('d'), { ...of('a'), at: 39 }]);
    expect(reading.mock.calls).toEqual([[3], [5]]);
    expect(await texts()).toEqual(['of c', 'of a, under its id again']);
    await notes.erase([{ ...of('a'), at: 40 }]);
    expect(await texts()).toEqual(['of c']);
  });

  it('are not indexed by a reader that is reading them during the erasure', async () => {
    const { index, collections, notes, texts } = await setup();
    const adding = notes.add({ ...author, kind: 'note', text: 'own note', sources: ['a'], at: 10 });
    await adding;
    const [catching, erasing] = [notes.catchUp(), notes.erase([{ id: 'a', namespace: 'default', at: 30 }])];
    await Promise.all([catching, erasing, notes.catchUp()]);
    await removePoints(collections, { id: 'a', namespace: 'default', at: 30 });
    expect([await texts(), await allOf(index)]).toEqual([[], []]);
  });
});

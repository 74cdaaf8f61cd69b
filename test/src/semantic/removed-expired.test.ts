import { describe, expect, it } from 'vitest';
import { removeExpired } from '@precedent/semantic';
import { COLLECTION, allOf, collectionOf, collectionSetOn } from './indexing-world.ts';

describe('removeExpired', () => {
  it('removes old documents of all namespaces, and notes only after they expire', async () => {
    const index = await collectionOf();
    const point = (id: number, payload: object) => ({
      id: `00000000-0000-5000-8000-00000000000${id}`,
      vector: Float32Array.of(1, 0, 0, 0),
      payload: { namespace: 'default', at: 100, text: `text ${id}`, kind: 'attempt', ...payload },
    });
    await index.upsert(COLLECTION, [
      point(1, {}),
      point(2, { at: 900 }),
      point(3, { kind: 'note' }),
      point(4, { kind: 'note', expires_at: 999 }),
      point(5, { kind: 'note', expires_at: 1_001 }),
      point(6, { namespace: 'other' }),
      point(7, { namespace: 'notes only', kind: 'note', expires_at: 999 }),
      point(8, { namespace: 'notes only', kind: 'resolution' }),
    ]);
    await removeExpired({ collections: collectionSetOn(index), now: 1_000, keepMs: 500 });
    const left = await allOf(index);
    expect(left.map((text) => text.slice(35, 36))).toEqual(['2', '3', '5']);
    expect(await index.count(COLLECTION, { namespace: 'other' })).toBe(0);
    expect(await index.count(COLLECTION, { namespace: 'notes only' })).toBe(1);
  });
});

import type { SearchStatus } from '@precedent/contracts';
import { expect, it } from 'vitest';
import { statusText } from './status-text.ts';
import { aStatus } from './testing/fixtures.ts';

const NOTHING: SearchStatus = {
  freshness: { seq: 0, lastSeq: 4, lagMs: 0 },
  collection: 'interactions',
  semantic: false,
  open: 0,
  documents: 0,
  missed: 0,
};

it('search is told of as not there yet, rather than by words, until the index is open', () => {
  const lineOf = (search: SearchStatus): string | undefined =>
    /^search .*$/m.exec(statusText({ ...aStatus(), search }, 0))?.[0];
  const trouble = { code: 'VECTORS_UNAVAILABLE', message: 'Qdrant is away' } as const;
  expect(lineOf({ ...NOTHING, trouble })).toBe('search   not yet, VECTORS_UNAVAILABLE: Qdrant is away');
  expect(lineOf(NOTHING)).toBe('search   by words only, up to date');
  expect(lineOf({ ...NOTHING, freshness: { seq: 4, lastSeq: 4, lagMs: 0 }, trouble })).toBe(
    'search   by words only, up to date, VECTORS_UNAVAILABLE: Qdrant is away',
  );
});

import { DOCUMENT_KINDS as onTheWire } from '@precedent/contracts';
import { DOCUMENT_KINDS as indexed } from '@precedent/semantic';
import { expect, it } from 'vitest';

// The layers keep the two lists apart; nothing else would notice that one has grown.
it('a search can be narrowed to every kind of document that there is, and to no other', () => {
  expect(onTheWire).toEqual(indexed);
});

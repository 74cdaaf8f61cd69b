import { textSeal } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { sealedCursors } from './cursors.ts';
import type { PageOf } from './cursors.ts';

const DAY = 24 * 60 * 60 * 1_000;
const page = {
  name: 'history.list',
  caller: { namespace: 'acme', credential: 'k1' },
  fields: { state: ['failed'], since: 5, limit: 10 },
} as const satisfies PageOf;

const setup = () => {
  let now = 1_000;
  const cursors = sealedCursors(textSeal('secret', 'cursor'), () => now);
  const { cursor } = cursors.sealed(page, { tasks: [], cursor: '[7, 8]' }) as { cursor: string };
  const open = (changes: Partial<PageOf>) => {
    const changed = { ...page, ...changes };
    return cursors.opened({ ...changed, fields: { ...changed.fields, cursor } });
  };
  return { cursors, cursor, open, pass: (ms: number) => (now += ms) };
};

describe('a cursor', () => {
  it('is that of the service for the same list, also with another limit and order of fields', () => {
    const { open, cursor } = setup();
    expect(cursor).not.toContain('[7');
    expect(open({ fields: { limit: 3, since: 5, state: ['failed'] } })).toEqual({
      limit: 3,
      since: 5,
      state: ['failed'],
      cursor: '[7, 8]',
    });
  });

  it.each<readonly [string, Partial<PageOf>]>([
    ['another list', { name: 'history.events' }],
    ['another credential', { caller: { namespace: 'acme', credential: 'k2' } }],
    ['another namespace', { caller: { namespace: 'beta', credential: 'k1' } }],
    ['other conditions', { fields: { state: ['failed'], since: 6 } }],
    ['fewer conditions', { fields: { state: ['failed'] } }],
  ])('is refused for %s', (_, changes) => {
    const { open } = setup();
    expect(() => open(changes)).toThrow('cursor: it is not of an earlier page');
  });

  it('is refused when it was changed, and the cursor of a service itself too', () => {
    const { cursors, cursor } = setup();
    for (const wrong of [`${cursor}A`, cursor.slice(1), '[7, 8]', '', 7])
      expect(() => cursors.opened({ ...page, fields: { ...page.fields, cursor: wrong } })).toThrow(
        'cursor: it is not of an earlier page',
      );
  });

  it('holds for a day', () => {
    const { open, pass } = setup();
    pass(DAY);
    expect(open({})).toMatchObject({ cursor: '[7, 8]' });
    pass(1);
    expect(() => open({})).toThrow('cursor: it is older than a day');
  });

  it('is not in the reply of the last page', () => {
    const { cursors } = setup();
    expect(cursors.sealed(page, { tasks: [] })).toEqual({ tasks: [] });
  });
});

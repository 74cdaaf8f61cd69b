import { sequenceText } from '@precedent/kernel';
import type { HistoryFeedQuery, HistoryStore } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import type { HistorySetup } from './history-text.suite.ts';

const BEGINNING = sequenceText(0, 0);

const read = (store: HistoryStore, query: Partial<HistoryFeedQuery> = {}) =>
  store.feed({ after: BEGINNING, limit: 100, ...query });

const named = (store: HistoryStore, query: Partial<HistoryFeedQuery> = {}): string[] =>
  read(store, query).events.map(({ id, event }) => `${id} ${event}`);

/** What every `HistoryStore` must do with events. */
export const describeFeed = (setup: HistorySetup): void => {
  describe('its events', () => {
    it('are those of the feed, with what the journal says of each', () => {
      const { store, journal, keep } = setup();
      journal.submit('a', { name: 'nightly', command: 'make', args: ['all'] }).lease('a', 'w7');
      journal.complete('a', { pages: 3 });
      keep();
      journal.submit('b').lease('b').fail('b');
      keep();
      const { events, last, gapTo } = read(store);
      expect(events).toMatchObject([
        {
          id: 'a',
          event: 'queued',
          sequence: sequenceText(1, 0),
          attempt: 0,
          name: 'nightly',
          commandLine: 'make all',
        },
        { id: 'a', event: 'started', sequence: sequenceText(1, 1), epoch: 1, attempt: 1, worker: 'w7' },
        { id: 'a', event: 'completed', sequence: sequenceText(1, 2), worker: 'w7', result: { pages: 3 } },
        { id: 'b', event: 'queued', sequence: sequenceText(2, 0) },
        { id: 'b', event: 'started', sequence: sequenceText(2, 1) },
        { id: 'b', event: 'failed', error: { code: 'COMMAND_FAILED' }, retries: 0 },
      ]);
      expect(events[0]).not.toHaveProperty('result');
      expect(last >= sequenceText(2, 2)).toBe(true);
      expect(gapTo).toBeUndefined();
    });

    it('go on behind a sequence, in pages, without a gap and without a double', () => {
      const { store, journal, keep } = setup();
      for (let n = 0; n < 40; n++) {
        journal.life(`t${n}`);
        if (n % 3 === 0) keep();
      }
      keep();
      const all = named(store, { limit: 1_000 });
      const seen: string[] = [];
      for (let after = BEGINNING, more = true; more;) {
        const page = read(store, { after, limit: 7 });
        seen.push(...page.events.map(({ id, event }) => `${id} ${event}`));
        more = page.events.length > 0;
        after = page.last;
      }
      expect(seen).toEqual(all);
      expect(all.length).toBeGreaterThan(100);
    });

    it('are filtered by kind, event and task, and by what a caller is cleared for', () => {
      const { store, journal, keep } = setup();
      journal.life('a', { namespace: 'acme', project: 'web' });
      journal.life('b', { namespace: 'other', project: 'web', band: 'low' });
      journal.life('c', { namespace: 'acme', project: 'api', security: 'secret' });
      keep();
      const of = (query: Partial<HistoryFeedQuery>): string[] => [
        ...new Set(read(store, query).events.map(({ id }) => id)),
      ];
      expect(of({ namespace: 'acme' })).toEqual(['a', 'c']);
      expect(of({ namespace: 'acme', projects: ['web'] })).toEqual(['a']);
      expect(of({ band: ['low'] })).toEqual(['b']);
      expect(of({ cleared: { clearances: [] } })).toEqual(['a', 'b']);
      expect(of({ task: 'c', cleared: { clearances: [] } })).toEqual([]);
      expect(of({ task: 'c', cleared: { clearances: ['secret'] } })).toEqual(['c']);
      expect(named(store, { event: ['completed'] })).toEqual(['a completed', 'b completed', 'c completed']);
      expect(read(store, { task: 'a' }).events.map(({ id }) => id)).toEqual(['a', 'a', 'a']);
    });

    it('of a deleted task go, and its deletion is one', () => {
      const { store, journal, keep } = setup();
      journal.life('a', { namespace: 'acme' });
      keep();
      journal.add({ kind: 'deleted', id: 'a', at: journal.at, namespace: 'acme' });
      keep();
      expect(named(store)).toEqual(['a deleted']);
      expect(named(store, { namespace: 'acme' })).toEqual(['a deleted']);
      expect(named(store, { namespace: 'other' })).toEqual([]);
    });

    it('are stated to have a gap where the history does not have all of them', () => {
      const { store, journal, keep } = setup();
      journal.life('old');
      keep();
      const before = journal.at;
      journal.at += 1_000;
      journal.life('new');
      keep();
      store.forget(before + 500, 10);
      const page = read(store);
      expect(page.gapTo).toBe(sequenceText(1, 65_535));
      expect(page.events.map(({ id }) => id)).toEqual(['new', 'new', 'new']);
      expect(read(store, { after: page.gapTo ?? '' }).gapTo).toBeUndefined();
      expect(read(store, { task: 'new' }).gapTo).toBeUndefined();
    });

    it('are stated to have a gap where the history has none of them any more', () => {
      const { store, journal, keep } = setup();
      journal.life('old');
      keep();
      store.forget(journal.at + 1, 10);
      expect(read(store)).toMatchObject({ events: [], gapTo: sequenceText(1, 2) });
    });
  });
};

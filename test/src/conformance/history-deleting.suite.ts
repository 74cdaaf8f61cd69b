import { expect, it } from 'vitest';
import type { ScriptedJournal } from '../history/scripted-journal.ts';
import { idsOf } from './history-text.suite.ts';
import type { HistorySetup } from './history-text.suite.ts';

/** What a history does with deletions. */
export const describeDeleting = (setup: HistorySetup): void => {
  const deletion = (journal: ScriptedJournal, id: string, namespace = 'default'): ScriptedJournal =>
    journal.add({ kind: 'deleted', id, at: journal.at, namespace });
  /** A decision about a task, with the least that a history needs of it. */
  const decision = (
    journal: ScriptedJournal,
    id: string,
    task: string,
    victims: string[],
  ): ScriptedJournal => {
    const made = {
      reason: 'held',
      outcome: 'infeasible',
      preemptor: { id: task, base: 3, waitedMs: 5 },
      candidates: { total: 0, rejected: {} },
      victims: victims.map((victim) => ({ id: victim })),
    };
    return journal.add({
      kind: 'decided',
      id: task,
      at: journal.at,
      decision: id,
      record: { decision: made },
    });
  };

  it.each(['in one step', 'later', 'after a restart'])(
    'deletes a task with all that belongs to it, %s, and nothing of others',
    (when) => {
      const { store, journal, keep, forgetMemory } = setup();
      journal.life('other', { name: 'spared' });
      keep();
      const before = store.counts();
      journal.life('gone', { name: 'secret', labels: { team: 'a' } });
      decision(journal, 'd1', 'gone', ['other']);
      if (when !== 'in one step') keep();
      if (when === 'after a restart') forgetMemory();
      deletion(journal, 'gone');
      keep();
      expect(store.load('gone')).toBeUndefined();
      expect(store.attempts('gone')).toEqual([]);
      expect(store.decisions({ limit: 10 })).toEqual([]);
      expect([
        idsOf(store),
        idsOf(store, { text: 'secret' }),
        idsOf(store, { labels: { team: 'a' } }),
      ]).toEqual([['other'], [], []]);
      expect(store.stats({}).total).toBe(1);
      // What remains is that there was a deletion.
      const { tasks, attempts, operations, decisions } = before;
      expect(store.counts()).toMatchObject({ tasks, attempts, operations: operations + 1, decisions });
      expect(store.operations({ limit: 1 }).operations).toMatchObject([{ event: 'deleted', note: 'gone' }]);
    },
  );

  it('keeps decisions in which a deleted task was a victim, because they are about another task', () => {
    const { store, journal, keep } = setup();
    journal.life('urgent').life('victim');
    decision(journal, 'd1', 'urgent', ['victim']);
    keep();
    deletion(journal, 'victim');
    keep();
    expect(store.decisions({ task: 'urgent', limit: 10 })).toMatchObject([{ id: 'd1', victims: ['victim'] }]);
  });

  it('deletes only in the namespace of the record', () => {
    const { store, journal, keep } = setup();
    journal.life('a', { namespace: 'shop' });
    keep();
    deletion(journal, 'a', 'default');
    deletion(journal, 'nobody');
    keep();
    expect(idsOf(store)).toEqual(['a']);
    deletion(journal, 'a', 'shop');
    keep();
    expect(idsOf(store)).toEqual([]);
  });

  it('accepts another task under the id of a deleted one', () => {
    const { store, journal, keep } = setup();
    journal.life('a', { name: 'first' });
    keep();
    deletion(journal, 'a').submit('a', { name: 'second' });
    keep();
    expect(store.load('a')).toMatchObject({ name: 'second', state: 'queued' });
    expect(idsOf(store, { text: 'first' })).toEqual([]);
  });
};

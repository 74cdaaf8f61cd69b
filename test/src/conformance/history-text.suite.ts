import type { HistoryListQuery, HistoryStore } from '@precedent/ports';
import { expect, it } from 'vitest';
import type { ScriptedJournal } from '../history/scripted-journal.ts';

/** An empty store with a journal that fills it. */
export type HistorySetup = () => {
  readonly store: HistoryStore;
  readonly journal: ScriptedJournal;
  readonly keep: () => void;
  readonly forgetMemory: () => void;
};

export const idsOf = (store: HistoryStore, query: Partial<HistoryListQuery> = {}): string[] =>
  store.list({ limit: 100, ...query }).entries.map(({ row }) => row.id);

/** What every `HistoryStore` must find by words. */
export const describeText = (setup: HistorySetup): void => {
  const texts = () => {
    const world = setup();
    const { journal, keep } = world;
    journal.life('a', { name: 'nightly report', command: 'make', args: ['report-eu.pdf'] });
    journal
      .submit('b', { name: 'import', labels: { team: 'Größe' } })
      .lease('b')
      .fail('b', 'ERR_X42: no such file');
    journal.life('c', { type: 'document.process', name: 'report of reports, a report' });
    keep();
    return world;
  };

  it.each<[string, string[]]>([
    ['report', ['c', 'a']],
    ['nightly rep', ['a']],
    ['NIGHTLY', ['a']],
    ['rep nightly', []],
    ['ERR_X42', ['b']],
    ['X42', ['b']],
    ['report-eu.pdf', ['a']],
    ['document.process', ['c']],
    ['command_failed', ['b']],
    ['grosse', []],
    ['große', ['b']],
    ['größe', ['b']],
    ['grösse', []],
    ['"nightly" OR import', []],
    ['nothing', []],
  ])('finds %s', (text, ids) => {
    expect(idsOf(texts().store, { text })).toEqual(ids);
  });

  it.each<[string, string]>([
    ['数据库连接失败', '连接失败'],
    ['我的猫不见了', '猫'],
    ['データベース障害が発生', '障害'],
    ['データベース障害が発生', 'データベース'],
    ['การสำรองข้อมูลล้มเหลว', 'ข้อมูล'],
    ['ERR数据库42', '数据库'],
    ['बैकअप विफल हुआ', 'विफल'],
    ['הַגִּבּוּי נִכְשַׁל', 'נִכְשַׁל'],
    ['Tiếng Việt'.normalize('NFD'), 'Việt'],
    ['Tiếng Việt', 'Việt'.normalize('NFD')],
    ['백업 실패'.normalize('NFC'), '실패'.normalize('NFC')],
  ])('finds in %s what is written %s', (name, text) => {
    const { store, journal, keep } = setup();
    journal.life('it', { name });
    journal.life('other', { name: 'disk full 磁盘 ディスク डिस्क' });
    keep();
    expect(idsOf(store, { text })).toEqual(['it']);
  });

  it('combines words with every other filter', () => {
    expect(idsOf(texts().store, { text: 'report', type: ['document.process'] })).toEqual(['c']);
  });

  it('refuses a text without a word', () => {
    expect(() => texts().store.list({ limit: 1, text: '"* -' })).toThrow(/no word/);
  });

  it('lists the best match first when ordered by relevance', () => {
    const { store } = texts();
    const { entries, ranked } = store.search('report', { limit: 10 });
    expect(ranked).toBe(true);
    expect(entries.map(({ row }) => row.id)).toEqual(['c', 'a']);
    expect(store.search('report', { limit: 10, type: ['command'] }).entries.map(({ row }) => row.id)).toEqual(
      ['a'],
    );
  });

  it('finds an error that came later than the task', () => {
    const { store, journal, keep, forgetMemory } = setup();
    journal.submit('a');
    keep();
    forgetMemory();
    journal.lease('a').fail('a', 'connection refused by db-7');
    keep();
    expect(idsOf(store, { text: 'db-7' })).toEqual(['a']);
  });
};

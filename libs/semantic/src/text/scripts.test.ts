import { describe, expect, it } from 'vitest';
import { rankByWords } from '../search/lexical.ts';
import { highlightsOf } from '../search/present.ts';
import { rank } from '../search/rank.ts';
import type { Candidate } from '../search/candidate.ts';
import { termsOf } from '../search/terms.ts';
import { foldedPlaces, pairsOf } from './scripts.ts';
import { partsOf, tokensOf } from './words.ts';

const candidate = (id: string, text: string): Candidate => ({
  id,
  cosine: 0.3,
  payload: { namespace: 'default', at: 0, text },
});

const NFD = (text: string): string => text.normalize('NFD');

/** A text, and a query of which a reader would expect that it is found. */
const FOUND: readonly (readonly [what: string, text: string, query: string])[] = [
  ['a word of Chinese', '数据库连接失败，请检查网络', '连接失败'],
  ['one character of Chinese', '我的猫不见了', '猫'],
  ['a word of Japanese in Kanji', 'データベース障害が発生しました', '障害'],
  ['a word of Japanese in Kana', 'データベース障害が発生しました', 'データベース'],
  ['half-width Kana', 'ﾃﾞｰﾀﾍﾞｰｽ障害', 'データベース'],
  ['a word of Thai', 'การสำรองข้อมูลล้มเหลว', 'ข้อมูล'],
  ['a word of Khmer', 'ការបម្រុងទុកទិន្នន័យបរាជ័យ', 'ទិន្នន័យ'],
  ['a code inside of Chinese', '错误E11000发生在数据库', 'E11000'],
  ['Chinese behind a code', 'ERR数据库42', '数据库'],
  ['a quoted phrase of Chinese', '数据库连接失败', '"连接失败"'],
  ['a word of Hindi', 'बैकअप विफल हुआ: डेटाबेस नहीं मिला', 'डेटाबेस'],
  ['a word of Hebrew with points', 'הַגִּבּוּי נִכְשַׁל', 'נִכְשַׁל'],
  ['a word of Arabic with marks', 'فَشِلَ النَّسْخُ', 'النَّسْخُ'],
  ['a composed word in a decomposed text', NFD('le café est fermé'), 'fermé'],
  ['a decomposed word in a composed text', 'Vietnamese: Tiếng Việt', NFD('Việt')],
  ['a composed phrase in a decomposed text', NFD('erreur: café fermé hier'), '"café fermé"'],
  ['full width letters', 'ＥＲＲＯＲ in the queue', 'error'],
  ['Korean, composed and not', NFD('백업 실패'), '실패'],
];

describe('search in texts of any script', () => {
  it.each(FOUND)('finds %s', (_, text, query) => {
    const other = candidate('other', 'disk full 磁盘 ディスク');
    expect(rankByWords([other, candidate('it', text)], query).map(({ id }) => id)).toEqual(['it']);
    const [best] = rank([other, candidate('it', text)], { query, now: 0 });
    expect(best).toMatchObject({ id: 'it', share: 1 });
  });

  it.each(FOUND)('returns the position of %s in the original text', (_, text, query) => {
    const places = highlightsOf(text, termsOf(query));
    expect(places.length).toBeGreaterThan(0);
    for (const { start, end } of places) expect(text.slice(start, end).trim()).not.toBe('');
  });

  it('highlights a Chinese word, and not the whole sentence', () => {
    const text = '数据库连接失败，请检查网络';
    const shown = highlightsOf(text, termsOf('连接失败')).map(({ start, end }) => text.slice(start, end));
    expect(shown).toEqual(['连接失败']);
  });

  it('highlights a phrase in a decomposed text', () => {
    const text = NFD('un café fermé');
    const shown = highlightsOf(text, termsOf('"café fermé"')).map(({ start, end }) => text.slice(start, end));
    expect(shown).toEqual([NFD('café fermé')]);
  });

  it('does not find words that the text lacks', () => {
    expect(rankByWords([candidate('a', '数据库连接失败')], '磁盘')).toEqual([]);
  });

  it('keeps marks with their letters', () => {
    expect(tokensOf('नमस्ते दुनिया').map(({ raw }) => raw)).toEqual(['नमस्ते', 'दुनिया']);
    expect(partsOf('हिन्दी-भाषा')).toEqual(['हिन्दी', 'भाषा']);
  });

  it('makes pairs of grapheme clusters', () => {
    expect(pairsOf('障害発')).toEqual(['障害', '害発']);
    expect(pairsOf('猫')).toEqual(['猫']);
  });

  it('returns the original position of each unit of a folded text', () => {
    const { text, places } = foldedPlaces(NFD('éa'));
    expect([text, places]).toEqual(['éa', [0, 2, 3]]);
  });

  it('is fast for a long run of one script', () => {
    for (const text of ['数'.repeat(64 * 1024), 'ก็'.repeat(32 * 1024), 'e\u0301'.repeat(32 * 1024)]) {
      const before = performance.now();
      termsOf(text);
      highlightsOf(text, termsOf('数据'));
      expect(performance.now() - before).toBeLessThan(1_000);
    }
  });
});

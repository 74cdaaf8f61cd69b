import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findModel } from './model-files.ts';
import { aModelFolder } from './model-folder.arbitraries.ts';
import { commonnessIn } from './vocabulary.ts';

const commonnessFrom = (tokenizer: string) => {
  const dir = aModelFolder();
  writeFileSync(path.join(dir, 'tokenizer.json'), tokenizer);
  return commonnessIn(dir);
};

/** 60 pieces, of which the given ones stand at the given places. */
const vocabulary = (words: Readonly<Record<number, string>>): readonly string[] =>
  Array.from({ length: 60 }, (_, at) => words[at] ?? `#${at}`);

const WORDS = { 5: 'server', 20: 'broker', 50: 'quorum', 8: '##ing' };

describe('commonnessIn', () => {
  it('tells everyday words from rare ones and from names in the shipped model', async () => {
    const { dir } = await findModel();
    const commonness = await commonnessIn(dir);
    const values = ['server', 'replica', 'rabbitmq'].map((word) => commonness?.(word) ?? Number.NaN);
    expect(values).toEqual([expect.closeTo(0.8, 0), expect.closeTo(0.2, 0), 0]);
    expect(values.toSorted((a, b) => b - a)).toEqual(values);
    expect(commonness?.('nothing')).toBe(1);
  });

  it('reads pieces with ids, and counts no part of a word', async () => {
    const vocab = Object.fromEntries(vocabulary(WORDS).map((piece, at) => [piece, at]));
    const commonness = await commonnessFrom(JSON.stringify({ model: { vocab } }));
    expect(['server', 'broker', 'quorum', '##ing', 'ing'].map((word) => commonness?.(word))).toEqual([
      1, 0.5, 0, 0, 0,
    ]);
  });

  it('reads pieces with scores, of which those that begin a word are marked', async () => {
    const vocab = vocabulary({ 5: '▁Server', 6: 'server', 7: 'ing' }).map((piece) => [piece, -1]);
    const commonness = await commonnessFrom(JSON.stringify({ model: { vocab } }));
    expect([commonness?.('server'), commonness?.('ing')]).toEqual([1, 0]);
  });

  it.each(['{}', '{"model": {}}', 'nonsense', 'null'])('knows nothing from %s', async (tokenizer) => {
    expect(await commonnessFrom(tokenizer)).toBeUndefined();
  });
});

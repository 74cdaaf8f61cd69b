import { describe, expect, it } from 'vitest';
import { ROOT } from '../command.ts';
import type { Tree } from '../temp-tree.ts';
import { withTree } from '../temp-tree.ts';
import { checkVocabulary } from './vocabulary.ts';
import type { Exception } from './words.ts';
import { CLEAN, WORDS } from './words.ts';

const check = (tree: Tree, clean = ['libs', 'docs'], exceptions: readonly Exception[] = []): string[] =>
  withTree({ '.gitignore': 'node_modules/\n', ...tree }, (root) =>
    checkVocabulary(root, { words: WORDS, exceptions, clean }),
  );

describe('the check of the vocabulary', () => {
  it.each([
    ['a class', 'export class WorkerDesk {}'],
    ['a private field', 'export class A { #lane = 1; }'],
    ['a constant', 'export const OPEN_DOORS = 1;'],
    ['a word of two words', 'export const hearRollCall = 1;'],
    ['a comment', '/** Nobody reads it. */\nexport const a = 1;'],
    ['a comment behind code', 'export const a = 1; // it was told so'],
    ['a text', "export const a = 'the engine was asked for it';"],
    ['a text with values', 'export const a = (b) => `the lane of ${b} is full`;'],
  ])('finds the word in %s', (_name, code) => {
    expect(check({ 'libs/a/src/a.ts': code })).toHaveLength(1);
  });

  it('finds it in the name of a file and in a page, and says where, and what to say instead', () => {
    expect(check({ 'libs/a/src/worker-desk.ts': '' })).toEqual([
      expect.stringMatching(/^libs\/a\/src\/worker-desk\.ts: "desk" in .*; say the name of what it does/),
    ]);
    expect(check({ 'docs/a.md': '# A\n\nIt is filled beside the other.\n' })).toEqual([
      'docs/a.md:3: "beside"; say next to',
    ]);
  });

  it.each([
    ['a longer word', 'export const desktop = 1;'],
    ['a literal without a space, as on the wire', "export const a = 'roll-call';"],
    ['a word that is plain English in a text', '/** The records that are kept. */\nexport const a = 1;'],
    ['what looks like a comment in a text', "export const a = 'http://door.example.org';"],
  ])('lets %s pass', (_name, code) => {
    expect(check({ 'libs/a/src/a.ts': code })).toEqual([]);
  });

  it('looks only at what is clean already, and lets names of the wire stay where they are allowed', () => {
    const tree = { 'libs/a/src/a.ts': 'export interface A { readonly undo: string }' };
    const wire = (within: string) => [{ name: 'undo', within: [within], reason: 'a field of the journal' }];
    expect(check(tree, ['libs/b'])).toEqual([]);
    expect(check(tree, ['libs/a'], wire('libs/a'))).toEqual([]);
    expect(check(tree, ['libs/a'], wire('libs/b'))).toHaveLength(1);
  });

  it('finds nothing in what is clean of this repository', () => {
    expect(checkVocabulary(ROOT)).toEqual([]);
    expect(CLEAN.every((start) => start !== '')).toBe(true);
  });
});

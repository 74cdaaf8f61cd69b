import path from 'node:path';
import ts from 'typescript';
import { ROOT } from '../command.ts';
import { syntaxOf } from '../syntax.ts';
import { repositoryFiles, textOf } from './files.ts';
import type { Exception, Word } from './words.ts';
import { CLEAN, EXCEPTIONS, WORDS } from './words.ts';

export interface Vocabulary {
  readonly words: readonly Word[];
  readonly exceptions: readonly Exception[];
  /** Only files below these are checked. */
  readonly clean: readonly string[];
}

/** They name the words, or hold texts of others. */
const LEFT_OUT =
  /^(tools\/src\/checks\/(words|vocabulary\.test)\.ts|package-lock\.json|\.git\/|test\/src\/eval\/outputs\/)/;

/** Every word of the list in a name, a comment, a text or a page, with the standard term. */
export const checkVocabulary = (
  root: string,
  vocabulary: Vocabulary = { words: WORDS, exceptions: EXCEPTIONS, clean: CLEAN },
): string[] =>
  repositoryFiles(root)
    .filter((file) => !LEFT_OUT.test(file) && isWithin(file, vocabulary.clean))
    .flatMap((file) => [
      ...problemsOf({ file, line: 0, text: file, kind: 'names' }, vocabulary),
      ...partsOf(root, file).flatMap((part) => problemsOf(part, vocabulary)),
    ]);

const isWithin = (file: string, starts: readonly string[]): boolean =>
  starts.some((start) => file === start || file.startsWith(`${start}/`));

interface Part {
  readonly file: string;
  /** From 1; 0 for the path itself. */
  readonly line: number;
  readonly text: string;
  readonly kind: 'names' | 'texts';
}

const problemsOf = ({ file, line, text, kind }: Part, { words, exceptions }: Vocabulary): string[] => {
  const spoken = spokenOf(text);
  if (!ANY_WORD.test(spoken)) return [];
  if (exceptions.some(({ name, within }) => text.includes(name) && isWithin(file, within))) return [];
  return words
    .filter(({ only, within }) => (only ?? kind) === kind && (within === undefined || isWithin(file, within)))
    .flatMap((word) => {
      const found = word.words.find((one) => spoken.includes(` ${one} `));
      const where = line === 0 ? file : `${file}:${line}`;
      return found === undefined ? [] : [`${where}: "${found}"${shown(text, kind)}; say ${word.instead}`];
    });
};

/** Most texts hold no word of the list: they are done with one look. */
const ANY_WORD = new RegExp(` (${WORDS.flatMap((word) => word.words).join('|')}) `);

const shown = (text: string, kind: Part['kind']): string => (kind === 'names' ? ` in ${text}` : '');

const known = new Map<string, string>();

/** `RunQueue`, `run-queue` and `RUN_QUEUE` are ` run queue `. */
const spokenOf = (text: string): string => {
  const before = known.get(text);
  if (before !== undefined) return before;
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const spoken = ` ${words.filter((word) => word !== '').join(' ')} `;
  known.set(text, spoken);
  return spoken;
};

const partsOf = (root: string, file: string): Part[] => {
  if (/\.(ts|mts|tsx)$/.test(file)) return codeParts(syntaxOf(root, file), file);
  const text = /\.(md|ya?ml|json|svg)$/.test(file) ? textOf(path.join(root, file)) : undefined;
  return (text?.split('\n') ?? []).map((line, at) => ({ file, line: at + 1, text: line, kind: 'texts' }));
};

/** Identifiers are names; comments, and literals with a space in them, are texts. */
const codeParts = (source: ts.SourceFile, file: string): Part[] => {
  const parts: Part[] = [];
  const literals: ts.Node[] = [];
  const add = (kind: Part['kind'], text: string, at: number): void => {
    parts.push({ file, line: source.getLineAndCharacterOfPosition(at).line + 1, text, kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) add('names', node.text, node.getStart(source));
    if (isLiteral(node)) {
      literals.push(node);
      if (/\s/.test(node.text.trim())) add('texts', node.text, node.getStart(source));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const { index, 0: comment } of withoutLiterals(source, literals).matchAll(COMMENT))
    add('texts', comment, index);
  return parts;
};

const COMMENT = /\/\/.*|\/\*[^]*?\*\//g;

type Literal = ts.LiteralLikeNode;

const isLiteral = (node: ts.Node): node is Literal =>
  ts.isStringLiteralLike(node) ||
  ts.isTemplateHead(node) ||
  ts.isTemplateMiddle(node) ||
  ts.isTemplateTail(node) ||
  ts.isRegularExpressionLiteral(node);

/** Blanks in place of literals: what is left that looks like a comment is one. */
const withoutLiterals = (source: ts.SourceFile, literals: readonly ts.Node[]): string => {
  const { text } = source;
  let rest = '';
  for (const node of literals.toSorted((a, b) => a.getStart(source) - b.getStart(source))) {
    const start = Math.max(rest.length, node.getStart(source));
    rest += text.slice(rest.length, start) + ' '.repeat(Math.max(0, node.end - start));
  }
  return rest + text.slice(rest.length);
};

/** The start of paths as arguments: what is to be renamed there. */
if (import.meta.main) {
  const clean = process.argv.slice(2);
  for (const problem of checkVocabulary(ROOT, { words: WORDS, exceptions: EXCEPTIONS, clean }))
    console.log(problem);
}

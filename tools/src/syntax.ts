import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const trees = new Map<string, ts.SourceFile>();

/** The syntax tree of a file, relative to the root. Each is parsed once: several checks look at it. */
export const syntaxOf = (root: string, file: string): ts.SourceFile => {
  const place = path.join(root, file);
  const known = trees.get(place);
  if (known) return known;
  const tree = ts.createSourceFile(file, readFileSync(place, 'utf8'), ts.ScriptTarget.Latest);
  trees.set(place, tree);
  return tree;
};

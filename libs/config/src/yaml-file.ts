import { nearest } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { LineCounter, isAlias, isMap, isScalar, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { adviceOn, isSection, keyNamed, namesIn } from './keys.ts';
import type { RawLayer, RawValue } from './raw.ts';

interface Reading {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  /** As it is shown: `precedent.yaml`. */
  readonly name: string;
  readonly values: Map<string, RawValue>;
  readonly issues: Issue[];
}

/** The keys that the text of a YAML file sets, each with its line. A key without a value counts as not set. */
export const readYaml = (source: string, name: string): RawLayer => {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const reading: Reading = { document, lines, name, values: new Map(), issues: [] };
  for (const { pos, message } of document.errors) {
    reading.issues.push({ field: at(reading, pos[0]), message: message.toLowerCase() });
  }
  if (document.errors.length === 0) readSection(reading, document.contents, '');
  return reading;
};

const at = ({ name, lines }: Reading, offset: number): string => `${name}:${lines.linePos(offset).line}`;

const readSection = (reading: Reading, node: Node | null, section: string): void => {
  const resolved = isAlias(node) ? node.resolve(reading.document) : node;
  if (!resolved || (isScalar(resolved) && resolved.value === null)) return;
  if (!isMap(resolved)) {
    const where = at(reading, node?.range?.[0] ?? 0);
    const what = section === '' ? 'the file' : section;
    reading.issues.push({
      field: where,
      message: `${what} holds keys with values, not a single value or a list`,
    });
    return;
  }
  for (const pair of resolved.items) readPair(reading, pair as Pair<Node, Node | null>, section);
};

const readPair = (reading: Reading, { key, value }: Pair<Node, Node | null>, section: string): void => {
  const written = isScalar(key) ? String(key.value) : String(key);
  const path = section === '' ? written : `${section}.${written}`;
  const where = at(reading, key.range?.[0] ?? 0);
  if (keyNamed(path)) {
    const plain: unknown = value?.toJS(reading.document);
    if (plain !== null && plain !== undefined) reading.values.set(path, { value: plain, origin: where });
  } else if (isSection(path)) readSection(reading, value, path);
  else reading.issues.push({ field: where, message: unknownKey(path, written, section) });
};

const unknownKey = (path: string, written: string, section: string): string => {
  const near = nearest(written, namesIn(section));
  return `no key ${path}${adviceOn(path, near === undefined || section === '' ? near : `${section}.${near}`)}`;
};

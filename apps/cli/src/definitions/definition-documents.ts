import { DEFINITION_KINDS } from '@precedent/contract-types';
import type { DefinitionKind } from '@precedent/contract-types';
import { AppError, nearest } from '@precedent/kernel';
import { LineCounter, parseAllDocuments } from 'yaml';

/** A definition in a file. */
export interface DefinitionDocument {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly spec: object;
  /** Where it begins: `file.yaml:3`. */
  readonly where: string;
}

const KEYS = ['kind', 'name', 'namespace', 'spec'];
/** More aliases than this are an attack, not a file. */
const ALIASES_MAX = 100;

/** The definitions of a YAML or JSON text, one in each document. Throws INVALID_REQUEST with the line of what is wrong. */
export const definitionsIn = (text: string, name: string): readonly DefinitionDocument[] => {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => `${name}:${lineCounter.linePos(offset).line}`;
  const found: DefinitionDocument[] = [];
  for (const document of 'empty' in documents ? [] : documents) {
    const [error] = document.errors;
    if (error) throw invalid(at(error.pos[0]), error.message.toLowerCase());
    if (document.contents === null) continue;
    const where = at(document.contents.range?.[0] ?? 0);
    found.push(definitionOf(document.toJS({ maxAliasCount: ALIASES_MAX }), where));
  }
  if (found.length === 0) throw invalid(name, 'it holds no definition');
  return found;
};

const definitionOf = (value: unknown, where: string): DefinitionDocument => {
  if (!isRecord(value)) throw invalid(where, 'a definition has kind, name and spec');
  for (const key of Object.keys(value)) if (!KEYS.includes(key)) throw invalid(where, unknownKey(key));
  const { kind, name, namespace, spec } = value;
  if (!isKind(kind)) throw invalid(where, unknownKind(kind));
  if (typeof name !== 'string') throw invalid(where, `name: expected a text, got ${JSON.stringify(name)}`);
  if (namespace !== undefined && typeof namespace !== 'string')
    throw invalid(where, `namespace: expected a text, got ${JSON.stringify(namespace)}`);
  if (!isRecord(spec))
    throw invalid(where, `spec: expected what the ${kind} is, got ${JSON.stringify(spec)}`);
  return { kind, name, namespace, spec, where };
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isKind = (kind: unknown): kind is DefinitionKind =>
  (DEFINITION_KINDS as readonly unknown[]).includes(kind);

const unknownKey = (key: string): string => {
  const close = nearest(key, KEYS);
  return `there is no key ${key}; ${close === undefined ? `expected ${KEYS.join(', ')}` : `did you mean ${close}?`}`;
};

const unknownKind = (kind: unknown): string => {
  const close = typeof kind === 'string' ? nearest(kind, DEFINITION_KINDS) : undefined;
  const hint = close === undefined ? `expected ${DEFINITION_KINDS.join(', ')}` : `did you mean ${close}?`;
  return `kind: got ${JSON.stringify(kind)}; ${hint}`;
};

const invalid = (where: string, message: string): AppError =>
  new AppError('INVALID_REQUEST', `${where}: ${message}`);

import type { AuditEntry } from '@precedent/contract-types';
import { readJson } from '@precedent/kernel';

/** The `prev` of the first message. */
export const NO_MESSAGE = '0'.repeat(64);

/** What one message of the audit trail holds: the entries of one turn of a program. */
export interface AuditContent {
  /** SHA-256 of the text of the message before, in hex. */
  readonly prev: string;
  readonly entries: readonly AuditEntry[];
}

const VERSION = 1;

export const auditText = ({ prev, entries }: AuditContent): string =>
  JSON.stringify({ v: VERSION, prev, entries });

/** `undefined`: no program of ours wrote it. */
export const readAuditText = (text: string): AuditContent | undefined => {
  const value = readJson(text)?.value;
  if (!isRecord(value) || value['v'] !== VERSION) return undefined;
  const { prev, entries } = value;
  if (typeof prev !== 'string' || !Array.isArray(entries) || !entries.every(isEntry)) return undefined;
  return { prev, entries };
};

const isEntry = (value: unknown): value is AuditEntry =>
  isRecord(value) &&
  typeof value['at'] === 'number' &&
  typeof value['service'] === 'string' &&
  (!('head' in value) || isHead(value['head']));

const isHead = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value['seq'] === 'number' &&
  ['sha256', 'signature', 'publicKey'].every((name) => typeof value[name] === 'string');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

import type { DocumentKind } from '@precedent/contract-types';
import { normalForm, wellFormed } from '@precedent/kernel';
import { LABEL_FIELD } from '@precedent/ports';
import type { CollectionSpec, PointPayload } from '@precedent/ports';

/** A document of the index. Its text holds nothing that differs from run to run, so that equal texts are embedded once. */
export interface SemanticDocument {
  /** UUIDv5 of kind, task, attempt and sequence: the same facts have the same id. */
  readonly id: string;
  readonly kind: DocumentKind;
  readonly text: string;
  readonly payload: PointPayload;
}

/** The payload fields that filters use. Times in epoch milliseconds, durations in milliseconds. Stored points hold these names. */
export const INDEXED_FIELDS = {
  namespace: 'keyword',
  project: 'keyword',
  kind: 'keyword',
  task: 'keyword',
  type: 'keyword',
  name: 'keyword',
  band: 'keyword',
  outcome: 'keyword',
  worker: 'keyword',
  pool: 'keyword',
  [LABEL_FIELD]: 'keyword',
  version: 'keyword',
  spec: 'keyword',
  exact_spec: 'keyword',
  fingerprint: 'keyword',
  error_code: 'keyword',
  refs: 'keyword',
  tags: 'keyword',
  at: 'integer',
  ended_at: 'integer',
  attempt: 'integer',
  exit_code: 'integer',
  duration_ms: 'integer',
  expires_at: 'integer',
  bare: 'bool',
} as const satisfies CollectionSpec['indexed'];

export type PayloadValue = string | number | boolean | readonly string[];

/** A payload without absent fields. Its texts are well-formed, as indexes require, and composed (NFC), as queries are. */
export const payloadOf = (
  fixed: Pick<PointPayload, 'namespace' | 'at' | 'text'>,
  rest: Readonly<Record<string, PayloadValue | undefined>>,
): PointPayload => {
  const known = Object.entries(rest).filter(
    (entry): entry is [string, PayloadValue] => entry[1] !== undefined && !isEmptyList(entry[1]),
  );
  return { ...storable(Object.fromEntries(known)), ...storable(fixed) };
};

const storable = <P extends Readonly<Record<string, PayloadValue>>>(payload: P): P =>
  Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, storableValue(value)])) as P;

const storableValue = (value: PayloadValue): PayloadValue => {
  if (Array.isArray(value)) return value.map((one: string) => normalForm(wellFormed(one)));
  return typeof value === 'string' ? normalForm(wellFormed(value)) : value;
};

const isEmptyList = (value: PayloadValue): boolean => Array.isArray(value) && value.length === 0;

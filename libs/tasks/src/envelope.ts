import { AppError, exceedsBytes } from '@precedent/kernel';
import type { Sha256 } from '@precedent/kernel';
import { JOURNAL_VERSION } from './records.ts';
import type {
  Envelope,
  JournalRecord,
  CheckpointStepRecord,
  SettledRecord,
  SubmittedRecord,
} from './records.ts';
import { isIntact } from './seal.ts';
import type { TaskClass } from './task-class.ts';

/**
 * Builds one entry as JSON text. A class that several of its tasks share is written once, in `classes`, and named by
 * its index; a body is already JSON and is copied as it is.
 */
export class EnvelopeWriter {
  readonly #classes = new Map<TaskClass, number>();
  #classText = '';
  #text = '';
  #count = 0;

  get count(): number {
    return this.#count;
  }
  /** Characters so far; at most one character fewer than bytes for ASCII. */
  get size(): number {
    return this.#text.length + this.#classText.length;
  }

  /**
   * `maxBytes`: of the record, with its class where that is new. Throws PAYLOAD_TOO_LARGE, and adds nothing that a reader would see,
   * when it booked more.
   */
  add(record: JournalRecord, maxBytes: number = Number.POSITIVE_INFINITY): void {
    const known = this.#classText.length;
    const text = this.#encode(record);
    const isNewClass = this.#classText.length > known;
    const whole = isNewClass ? text + this.#classText.slice(known) : text;
    if (exceedsBytes(whole, maxBytes)) throw tooLarge(record, maxBytes);
    this.#text += (this.#count++ === 0 ? '' : ',\n') + text;
  }

  /** `prev`: the link of the entry before; empty when there is none. */
  finish(epoch: number, at: number, prev?: string): string {
    const chain = prev === undefined ? '' : `,"prev":"${prev}"`;
    return `{"v":${JOURNAL_VERSION},"epoch":${epoch},"at":${at}${chain},"classes":[${this.#classText}],"records":[\n${this.#text}]}`;
  }

  #encode(record: JournalRecord): string {
    // The three records of every task are put together by hand: ids and sessions hold no character that JSON escapes.
    if (record.kind === 'submitted') return this.#submitted(record);
    if (record.kind === 'leased') {
      const ahead = record.ahead ? ',"ahead":true' : '';
      const booked = record.booked === undefined ? '' : `,"booked":${JSON.stringify(record.booked)}`;
      return `{"kind":"leased","id":"${record.id}","at":${record.at},"worker":"${record.worker}","session":"${record.session}","epoch":${record.epoch}${ahead}${booked}}`;
    }
    if (record.kind === 'settled' && hasStateOnly(record)) {
      const ranMs = record.ranMs === undefined ? '' : `,"ranMs":${record.ranMs}`;
      return `{"kind":"settled","id":"${record.id}","at":${record.at},"state":"${record.state}"${ranMs}}`;
    }
    return JSON.stringify(record);
  }

  #submitted(record: SubmittedRecord): string {
    const key = record.key === undefined ? '' : `,"key":${JSON.stringify(record.key)}`;
    const expires = record.expiresAt === undefined ? '' : `,"expiresAt":${record.expiresAt}`;
    const digest = record.digest === undefined ? '' : `,"digest":"${record.digest}"`;
    const signature = record.signature === undefined ? '' : `,"signature":"${record.signature}"`;
    const edges = record.edges === undefined ? '' : `,"edges":${record.edges}`;
    const step = record.step === undefined ? '' : `,"step":${JSON.stringify(record.step)}`;
    return `{"kind":"submitted","id":"${record.id}","at":${record.at},"class":${this.#classIndex(record.class)}${key}${expires}${digest}${signature}${edges}${step},"body":${record.body}}`;
  }

  #classIndex(taskClass: TaskClass): number {
    const known = this.#classes.get(taskClass);
    if (known !== undefined) return known;
    const index = this.#classes.size;
    this.#classes.set(taskClass, index);
    this.#classText += (index === 0 ? '' : ',') + JSON.stringify(taskClass);
    return index;
  }
}

/** Nothing but its state: neither result nor error, and it was no victim. */
const hasStateOnly = ({ result, error, end, read }: SettledRecord): boolean =>
  result === undefined && error === undefined && end === undefined && read === undefined;

const tooLarge = (record: JournalRecord, maxBytes: number): AppError => {
  const of = 'id' in record ? ` of task ${record.id}` : '';
  return new AppError(
    'PAYLOAD_TOO_LARGE',
    `the journal booked no more than ${maxBytes} bytes in a record: ${record.kind}${of}`,
  );
};

interface RawEnvelope {
  readonly v: number;
  readonly epoch: number;
  readonly at: number;
  readonly prev?: string | undefined;
  readonly classes: readonly TaskClass[];
  readonly records: readonly RawRecord[];
}
type RawRecord = JournalRecord & { readonly class?: unknown; readonly body?: unknown };

/** Every kind that this version writes. One that is not here was damaged: a new kind raises the version. */
const KINDS: Readonly<Record<JournalRecord['kind'], true>> = {
  submitted: true,
  rejected: true,
  edge: true,
  ready: true,
  rebanded: true,
  leased: true,
  stopping: true,
  requeued: true,
  retrying: true,
  due: true,
  settled: true,
  preempting: true,
  spared: true,
  preempted: true,
  suspended: true,
  resumed: true,
  kept: true,
  decided: true,
  deleted: true,
  definition: true,
  run: true,
  epoch: true,
};

const STEPS: Readonly<Record<CheckpointStepRecord['step']['kind'], true>> = {
  checkpoint: true,
  undo: true,
  undone: true,
};

/** One message of the journal, as its store gives it. */
export interface EncodedEntry {
  readonly seq: number;
  readonly text: string;
  /** No engine appended it: it has no records, whatever its text says. */
  readonly isVoid?: true;
}

/** What a void entry says. Its epoch is older than that of every engine. */
const NOTHING: Envelope = { v: JOURNAL_VERSION, epoch: 0, at: 0, records: [] };

/**
 * Reads one entry: the one function for every reader of the journal. A void entry has no records. Throws JOURNAL_CORRUPT with the
 * sequence in `details`, or DATA_TOO_NEW: no other entry is skipped, and neither is a record of it. `sha256`: to check the seal of the
 * entry as well.
 */
export const readEnvelope = ({ text, seq, isVoid }: EncodedEntry, sha256?: Sha256): Envelope => {
  if (isVoid) return NOTHING;
  const raw = parse(text, seq);
  if (sha256 && !isIntact(text, sha256, raw.prev === undefined))
    throw corrupt(seq, 'was changed: it does not have its SHA-256');
  const records = raw.records.map((record, index) => {
    if (!isRecord(record)) throw corrupt(seq, `holds no record at ${index}`);
    return record.kind === 'submitted' ? submittedOf(record, raw.classes, seq) : record;
  });
  return { v: raw.v, epoch: raw.epoch, at: raw.at, prev: raw.prev, records };
};

const parse = (text: string, seq: number): RawEnvelope => {
  const raw = parseJson(text, seq);
  if (!isObject(raw) || !Number.isInteger(raw['v'])) throw corrupt(seq, 'is not an envelope');
  const v = Number(raw['v']);
  // Before all else: a newer version may look quite different.
  if (v > JOURNAL_VERSION) {
    const message = `journal entry ${seq} has version ${v}, this engine reads up to ${JOURNAL_VERSION}`;
    throw new AppError('DATA_TOO_NEW', message, { details: { seq } });
  }
  const { epoch, at, prev, classes, records } = raw;
  const isWhole =
    typeof epoch === 'number' && typeof at === 'number' && Array.isArray(classes) && Array.isArray(records);
  if (!isWhole || !isLink(prev)) throw corrupt(seq, 'is not an envelope');
  return { v, epoch, at, prev, classes, records };
};

const isLink = (prev: unknown): prev is string | undefined => prev === undefined || typeof prev === 'string';

const parseJson = (text: string, seq: number): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corrupt(seq, 'is not JSON', cause);
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isRecord = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['kind'] === 'string' &&
  Object.hasOwn(KINDS, value['kind']) &&
  typeof value['at'] === 'number' &&
  (!isOfTask(value['kind']) || typeof value['id'] === 'string') &&
  (value['kind'] !== 'kept' || isStep(value['step'])) &&
  (value['kind'] !== 'definition' || isDefinition(value)) &&
  (value['kind'] !== 'deleted' || typeof value['namespace'] === 'string');

const isOfTask = (kind: string): boolean => kind !== 'epoch' && kind !== 'definition';

const isDefinition = ({ of, namespace, name }: Record<string, unknown>): boolean =>
  [of, namespace, name].every((text) => typeof text === 'string');

const isStep = (value: unknown): boolean =>
  isObject(value) && typeof value['kind'] === 'string' && Object.hasOwn(STEPS, value['kind']);

const submittedOf = (
  record: Extract<RawRecord, { kind: 'submitted' }>,
  classes: readonly TaskClass[],
  seq: number,
): SubmittedRecord => {
  const index: unknown = record.class;
  const taskClass = typeof index === 'number' ? classes[index] : undefined;
  if (!isObject(taskClass)) throw corrupt(seq, `names class ${String(index)} of ${classes.length}`);
  if (!isObject(record.body)) throw corrupt(seq, `holds no body for task ${record.id}`);
  return { ...record, class: taskClass, body: JSON.stringify(record.body) };
};

const corrupt = (seq: number, fact: string, cause?: unknown): AppError =>
  new AppError('JOURNAL_CORRUPT', `journal entry ${seq} ${fact}`, {
    details: { seq },
    ...(cause !== undefined && { cause }),
  });

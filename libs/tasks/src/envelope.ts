import { AppError } from '@precedent/kernel';
import { JOURNAL_VERSION } from './records.ts';
import type { Envelope, JournalRecord, SubmittedRecord } from './records.ts';
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

  add(record: JournalRecord): void {
    this.#text += (this.#count++ === 0 ? '' : ',\n') + this.#encode(record);
  }

  finish(epoch: number, at: number): string {
    return `{"v":${JOURNAL_VERSION},"epoch":${epoch},"at":${at},"classes":[${this.#classText}],"records":[\n${this.#text}]}`;
  }

  #encode(record: JournalRecord): string {
    // The three of every task are put together by hand: ids and sessions hold no character that JSON escapes.
    if (record.kind === 'submitted') return this.#submitted(record);
    if (record.kind === 'leased') {
      return `{"kind":"leased","id":"${record.id}","at":${record.at},"worker":"${record.worker}","session":"${record.session}","epoch":${record.epoch}}`;
    }
    if (record.kind === 'settled' && record.result === undefined && record.error === undefined) {
      return `{"kind":"settled","id":"${record.id}","at":${record.at},"state":"${record.state}"}`;
    }
    return JSON.stringify(record);
  }

  #submitted(record: SubmittedRecord): string {
    const key = record.key === undefined ? '' : `,"key":${JSON.stringify(record.key)}`;
    const expires = record.expiresAt === undefined ? '' : `,"expiresAt":${record.expiresAt}`;
    return `{"kind":"submitted","id":"${record.id}","at":${record.at},"class":${this.#classIndex(record.class)}${key}${expires},"body":${record.body}}`;
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

interface RawEnvelope {
  v: number;
  epoch: number;
  at: number;
  classes: TaskClass[];
  records: (JournalRecord & { class?: unknown; body?: unknown })[];
}

/** Reads one entry. Throws JOURNAL_CORRUPT with the sequence: an entry is never skipped. */
export const readEnvelope = (text: string, seq: number): Envelope => {
  const raw = parse(text, seq);
  if (raw.v > JOURNAL_VERSION) {
    throw new AppError('DATA_TOO_NEW', `journal entry ${seq} has version ${raw.v}, this engine reads up to ${JOURNAL_VERSION}`);
  }
  const records = raw.records.map((record) => (record.kind === 'submitted' ? submittedOf(record, raw.classes, seq) : record));
  return { v: raw.v, epoch: raw.epoch, at: raw.at, records };
};

const parse = (text: string, seq: number): RawEnvelope => {
  try {
    const raw = JSON.parse(text) as RawEnvelope;
    if (typeof raw.v === 'number' && typeof raw.epoch === 'number' && Array.isArray(raw.records)) return raw;
  } catch (cause) {
    throw new AppError('JOURNAL_CORRUPT', `journal entry ${seq} is not JSON`, { cause, details: { seq } });
  }
  throw new AppError('JOURNAL_CORRUPT', `journal entry ${seq} is not an envelope`, { details: { seq } });
};

const submittedOf = (record: SubmittedRecord & { class?: unknown; body?: unknown }, classes: TaskClass[], seq: number): SubmittedRecord => {
  const taskClass = classes[Number(record.class)];
  if (taskClass === undefined) {
    throw new AppError('JOURNAL_CORRUPT', `journal entry ${seq} names class ${String(record.class)} of ${classes.length}`, { details: { seq } });
  }
  return { ...record, class: taskClass, body: JSON.stringify(record.body) };
};

import { applyRecord, isSettled, readEnvelope, TaskRow } from '@precedent/tasks';
import type { JournalRecord } from '@precedent/tasks';
import { entriesOf, journalAt, withLog } from '../journal.ts';
import { program } from './program.ts';

export interface FolderParams {
  readonly url: string;
}

export interface FolderResult {
  readonly records: number;
  readonly open: number;
  readonly settled: number;
  /** Milliseconds to read and fold, with the server's part in it. */
  readonly foldMs: number;
  /** Milliseconds to parse the same texts as JSON, from memory. */
  readonly parseMs: number;
}

/** The state of every open task, and how many have settled: what any reader of the journal keeps. */
class Fold {
  readonly open = new Map<string, TaskRow>();
  records = 0;
  settled = 0;

  take(record: JournalRecord): void {
    this.records++;
    if (!('id' in record) || record.kind === 'run') return;
    if (record.kind === 'decided' || record.kind === 'deleted') return;
    if (record.kind === 'rejected') return void this.settled++;
    if (record.kind === 'submitted') {
      this.open.set(record.id, new TaskRow({ ...record, order: this.records }));
      return;
    }
    const row = this.open.get(record.id);
    if (row === undefined) throw new Error(`${record.kind} for ${record.id}, which is not open`);
    applyRecord(row, record);
    if (!isSettled(row.state)) return;
    this.open.delete(row.id);
    this.settled++;
  }
}

program(async ({ url }: FolderParams, { ready, go }): Promise<FolderResult> =>
  withLog(journalAt(url), async (log) => {
    ready();
    await go;
    const fold = new Fold();
    const startedAt = performance.now();
    for await (const entry of log.read(0)) {
      for (const record of readEnvelope(entry).records) fold.take(record);
    }
    const foldMs = performance.now() - startedAt;
    const texts = (await entriesOf(log)).map(({ text }) => text);
    const parseStartedAt = performance.now();
    for (const text of texts) JSON.parse(text);
    const parseMs = performance.now() - parseStartedAt;
    return { records: fold.records, open: fold.open.size, settled: fold.settled, foldMs, parseMs };
  }),
);

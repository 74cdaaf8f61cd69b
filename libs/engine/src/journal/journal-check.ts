import { problemOf } from '@precedent/kernel';
import type { EpochMs, ErrorCode } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import type { AppendLog, LogEntry } from '@precedent/ports';
import { EntryChain, SnapshotScan } from '@precedent/tasks';
import type { Envelope, SnapshotEntry } from '@precedent/tasks';

/** Something in the journal that no engine leaves behind. */
export interface JournalFinding {
  /** `foreign`: no engine appended it, and readers skip it. The other two keep an engine from starting, unless a snapshot covers them. */
  readonly kind: 'foreign' | 'unreadable' | 'missing';
  /** The entry, or the first of several in a row. */
  readonly seq: number;
  /** The last entry of the row. */
  readonly upTo: number;
  readonly code?: ErrorCode | undefined;
  readonly message: string;
  /** The stored text. */
  readonly text?: string | undefined;
}

export interface JournalReport {
  /** The first entry that is stored, and the last one ever written; 0 when there is none. */
  readonly first: number;
  readonly last: number;
  readonly readable: number;
  readonly foreign: number;
  readonly records: number;
  readonly epoch: number;
  /** By what the next entry will name the last one; empty when that is not known. */
  readonly link: string;
  /** Complete snapshots that can be read, the oldest first: when they were begun, and as of which entry. */
  readonly snapshots: readonly { readonly at: EpochMs; readonly asOf: number }[];
  /** Why a snapshot behind the last complete one cannot be read. */
  readonly snapshotProblem?: string | undefined;
  readonly findings: readonly JournalFinding[];
}

export interface CheckedLogs {
  /** Opened so that missing entries do not stop the reading. */
  readonly journal: Pick<AppendLog, 'read' | 'last'>;
  readonly snapshots: Pick<AppendLog, 'read'>;
  /** Sequences that were declared void: their messages are not expected. */
  readonly declaredVoid: ReadonlySet<number>;
}

/** Sees what is readable. */
export interface JournalInspector {
  readonly entry: (entry: LogEntry, envelope: Envelope) => void;
  readonly rows: (rows: Extract<SnapshotEntry, { kind: 'rows' }>, seq: number) => void;
}

/** Foreign messages among the findings, at most; all are counted. */
const FOREIGN_MAX = 20;

/** Reads journal and snapshots of a cell, and changes nothing. Rejects JOURNAL_UNAVAILABLE. */
export const checkJournal = async (
  logs: CheckedLogs,
  inspector?: JournalInspector,
): Promise<JournalReport> => {
  const scan = new SnapshotScan(sha256);
  const snapshots = await completeSnapshots(logs.snapshots, scan, inspector);
  const last = await logs.journal.last();
  const check = new JournalChecker(logs.declaredVoid, inspector);
  for await (const entry of logs.journal.read(0)) check.take(entry);
  const report = check.end(last, snapshots.at(-1)?.asOf ?? 0);
  return { ...report, snapshots, snapshotProblem: scan.problem?.message };
};

/** The findings that keep an engine from starting: those behind the latest snapshot that can be read. */
export const blockingIn = ({ findings, snapshots }: JournalReport): readonly JournalFinding[] => {
  const covered = snapshots.at(-1)?.asOf ?? 0;
  return findings.filter(({ kind, upTo }) => kind !== 'foreign' && upTo > covered);
};

const completeSnapshots = async (
  log: Pick<AppendLog, 'read'>,
  scan: SnapshotScan,
  inspector?: JournalInspector,
): Promise<{ readonly at: EpochMs; readonly asOf: number }[]> => {
  const complete: { readonly at: EpochMs; readonly asOf: number }[] = [];
  let begun: { readonly at: EpochMs; readonly asOf: number } | undefined;
  for await (const each of log.read(0)) {
    const entry = scan.take(each);
    if (entry?.kind === 'begin') begun = { at: entry.at, asOf: entry.asOf };
    if (entry?.kind === 'rows') inspector?.rows(entry, each.seq);
    if (entry?.kind === 'end' && begun) complete.push(begun);
  }
  return complete;
};

class JournalChecker {
  readonly #declaredVoid: ReadonlySet<number>;
  readonly #inspector: JournalInspector | undefined;
  readonly #chain = new EntryChain(sha256);
  readonly #findings: JournalFinding[] = [];
  #first = 0;
  #next = 0;
  #readable = 0;
  #foreign = 0;
  #records = 0;

  constructor(declaredVoid: ReadonlySet<number>, inspector: JournalInspector | undefined) {
    this.#declaredVoid = declaredVoid;
    this.#inspector = inspector;
  }

  take(entry: LogEntry): void {
    const { seq } = entry;
    if (this.#first === 0) this.#first = seq;
    else this.#addMissing(this.#next, seq - 1);
    this.#next = seq + 1;
    if (this.#declaredVoid.has(seq)) return this.#chain.startBehind(undefined);
    if (entry.isVoid) this.#addForeign(entry);
    else this.#read(entry);
  }

  /** `covered`: the last entry in the latest snapshot. Entries behind it that were purged are missing. */
  end(last: number, covered: number) {
    if (this.#first > 0) this.#addMissing(this.#next, last);
    this.#addMissing(covered + 1, this.#first > 0 ? this.#first - 1 : last);
    const findings = this.#findings.toSorted((a, b) => a.seq - b.seq);
    const [first, readable, foreign] = [this.#first, this.#readable, this.#foreign];
    return {
      first,
      last,
      readable,
      foreign,
      records: this.#records,
      epoch: this.#chain.epoch,
      link: this.#chain.link,
      findings,
    };
  }

  #read(entry: LogEntry): void {
    const { seq, text } = entry;
    try {
      const envelope = this.#chain.take(entry);
      this.#readable++;
      if (envelope === undefined) return;
      this.#records += envelope.records.length;
      this.#inspector?.entry(entry, envelope);
    } catch (error) {
      const { code, message } = problemOf(error);
      this.#findings.push({ kind: 'unreadable', seq, upTo: seq, code, message, text });
    }
  }

  #addForeign({ seq, text }: LogEntry): void {
    this.#foreign++;
    if (this.#foreign > FOREIGN_MAX) return;
    const message = `no engine appended it: ${Buffer.byteLength(text)} bytes that another client published`;
    this.#findings.push({ kind: 'foreign', seq, upTo: seq, message, text });
  }

  /** Adds the sequences from `from` to `upTo` that were not declared void, each row as one finding. */
  #addMissing(from: number, upTo: number): void {
    for (let seq = from; seq <= upTo; seq++) {
      this.#chain.startBehind(undefined);
      if (this.#declaredVoid.has(seq)) continue;
      const begin = seq;
      while (seq < upTo && !this.#declaredVoid.has(seq + 1)) seq++;
      const message = 'missing: it was not purged behind a snapshot';
      this.#findings.push({ kind: 'missing', seq: begin, upTo: seq, code: 'JOURNAL_CORRUPT', message });
    }
  }
}

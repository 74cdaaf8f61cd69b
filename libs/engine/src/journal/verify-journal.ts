import { storedSignatureFault } from '@precedent/access';
import type { Signer } from '@precedent/contract-types';
import { isAppError } from '@precedent/kernel';
import { isSignedBy, sha256Hex } from '@precedent/ports';
import type { LogEntry } from '@precedent/ports';
import { decodeRow } from '@precedent/tasks';
import type { Checkpoint, Envelope, JournalRecord, SnapshotEntry, SubmittedRecord } from '@precedent/tasks';
import { isAsSaved } from '../workers/saved-state.ts';
import { firstChange, hasItsDigest } from './first-change.ts';
import type { ChangedPlace } from './first-change.ts';
import { checkJournal } from './journal-check.ts';
import type { CheckedLogs, JournalInspector, JournalReport } from './journal-check.ts';

/** Something that is not as it was written. */
export interface ChangedFinding extends ChangedPlace {
  readonly in: 'journal' | 'snapshot' | 'checkpoint';
  /** The entry of the journal or of the snapshots; of a checkpoint, that of its record. */
  readonly seq: number;
  readonly message: string;
}

export interface VerifyReport {
  readonly journal: Omit<JournalReport, 'findings'>;
  /** Submissions with the digest that they were accepted with. */
  readonly tasks: number;
  /** Submissions of older versions, which have none. */
  readonly withoutDigest: number;
  /** Submissions whose signature holds. */
  readonly signed: number;
  /** Keys among theirs that were removed since. */
  readonly removedSigners: readonly Signer[];
  /** Deletions: the records of their tasks stay until the journal is purged, and verify as before. */
  readonly deletions: number;
  readonly checkpoints: number;
  /** The first one first. */
  readonly findings: readonly ChangedFinding[];
}

/** What the content of the journal is compared with. */
export interface VerifySources {
  readonly readState: ReadState;
  /** The signers that the cell knows. */
  readonly signerOf: (id: string) => Signer | undefined;
}

/** The content of a checkpoint in the object store; `undefined` when it is not there. Rejects when it cannot be read. */
export type ReadState = (ref: string) => Promise<Uint8Array | undefined>;

/**
 * Reads journal, snapshots and checkpoints of a cell and compares each with the digests in them. Changes nothing. Rejects
 * JOURNAL_UNAVAILABLE.
 */
export const verifyJournal = async (
  logs: CheckedLogs,
  { readState, signerOf }: VerifySources,
): Promise<VerifyReport> => {
  const verifier = new JournalVerifier(signerOf);
  const { findings, ...journal } = await checkJournal(logs, verifier);
  for (const { kind, seq, message, text } of findings)
    if (kind !== 'foreign')
      verifier.add({ in: 'journal', seq, message, ...(text !== undefined && firstChange(text)) });
  await verifier.checkStored(readState);
  return { journal, ...verifier.result() };
};

class JournalVerifier implements JournalInspector {
  readonly #findings: ChangedFinding[] = [];
  /** The latest record of each state in the object store: a later one may have its name. */
  readonly #stored = new Map<
    string,
    { readonly seq: number; readonly task: string; readonly hash: string }
  >();
  readonly #signerOf: VerifySources['signerOf'];
  readonly #removedSigners = new Map<string, Signer>();
  #signed = 0;
  #tasks = 0;
  #withoutDigest = 0;
  #deletions = 0;
  #checkpoints = 0;

  constructor(signerOf: VerifySources['signerOf']) {
    this.#signerOf = signerOf;
  }

  add(finding: ChangedFinding): void {
    this.#findings.push(finding);
  }

  readonly entry = (entry: LogEntry, { records }: Envelope): void => {
    for (const record of records) this.#record(record, entry);
  };

  readonly rows = ({ rows, classes }: Extract<SnapshotEntry, { kind: 'rows' }>, seq: number): void => {
    for (const tuple of rows) {
      const kind = classes[tuple[1]];
      const row = kind && decodeRow(tuple, kind);
      if (row === undefined) continue;
      const { id, durable } = row;
      if (!hasItsDigest(row)) this.add({ in: 'snapshot', seq, task: id, message: otherTask(id) });
      for (const checkpoint of durable.checkpoints)
        if (!isAsSaved(checkpoint))
          this.add({ in: 'snapshot', seq, task: id, message: otherState(checkpoint) });
    }
  };

  #record(record: JournalRecord, { seq, text }: LogEntry): void {
    if (record.kind === 'deleted') this.#deletions++;
    if (record.kind === 'kept' && record.step.kind === 'checkpoint')
      this.#checkpoint(record.id, record.step, seq);
    if (record.kind !== 'submitted') return;
    if (isSigned(record)) this.#signature(record, seq);
    if (record.digest === undefined) this.#withoutDigest++;
    else if (hasItsDigest(record)) this.#tasks++;
    else this.add({ in: 'journal', seq, ...firstChange(text), message: otherTask(record.id) });
  }

  #signature({ id, at, class: { by }, digest, signature: value }: SubmittedRecord, seq: number): void {
    const { name: principal, signer: key } = by ?? {};
    const signer = key === undefined ? undefined : this.#signerOf(key);
    const fault = storedSignatureFault({ id, at, principal, key, digest, value }, signer, isSignedBy);
    if (fault !== undefined)
      return this.add({ in: 'journal', seq, task: id, message: `task ${id}: ${fault}` });
    this.#signed++;
    if (signer?.removedAt !== undefined) this.#removedSigners.set(signer.id, signer);
  }

  #checkpoint(task: string, checkpoint: Checkpoint, seq: number): void {
    const { ref, hash } = checkpoint;
    if (ref !== undefined) this.#stored.set(ref, { seq, task, hash });
    else if (isAsSaved(checkpoint)) this.#checkpoints++;
    else this.add({ in: 'checkpoint', seq, task, message: otherState(checkpoint) });
  }

  /** A state that is not needed any more is not there. */
  async checkStored(readState: ReadState): Promise<void> {
    for (const [ref, { seq, task, hash }] of this.#stored) {
      const found = await storedHash(readState, ref);
      if (found === hash) this.#checkpoints++;
      else if (found !== undefined)
        this.add({
          in: 'checkpoint',
          seq,
          task,
          message: `the state ${ref} has ${found}, it was saved with ${hash}`,
        });
    }
  }

  result(): Omit<VerifyReport, 'journal'> {
    return {
      tasks: this.#tasks,
      withoutDigest: this.#withoutDigest,
      signed: this.#signed,
      removedSigners: [...this.#removedSigners.values()],
      deletions: this.#deletions,
      checkpoints: this.#checkpoints,
      findings: this.#findings.toSorted((a, b) => a.seq - b.seq || (a.offset ?? 0) - (b.offset ?? 0)),
    };
  }
}

/** Or was, before a part of its signature was taken away. */
const isSigned = ({ signature, class: { by } }: SubmittedRecord): boolean =>
  signature !== undefined || by?.signer !== undefined;

/** `undefined`: it is not there. */
const storedHash = async (readState: ReadState, ref: string): Promise<string | undefined> => {
  try {
    const bytes = await readState(ref);
    return bytes && sha256Hex(bytes);
  } catch (error) {
    if (isAppError(error) && error.code === 'JOURNAL_CORRUPT') return 'a content that its store refuses';
    throw error;
  }
};

const otherTask = (id: string): string => `task ${id} does not have the digest with which it was accepted`;

const otherState = ({ seq, epoch }: Checkpoint): string =>
  `checkpoint ${seq} of lease ${epoch} does not have its SHA-256`;

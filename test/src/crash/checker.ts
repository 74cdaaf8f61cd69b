/**
 * Judges a journal by counting, with its own few lines and nothing of the engine's: what the engine believes about its
 * journal must not decide whether the journal is right.
 */

/** A record as far as the checker cares. */
export interface SeenRecord {
  readonly kind: string;
  readonly id?: string;
  readonly state?: string;
}

/** One entry as it lies in the stream. */
export interface SeenEntry {
  readonly seq: number;
  readonly epoch: number;
  readonly records: readonly SeenRecord[];
}

/** What the submitters sent, and what was acknowledged. */
export interface Ledger {
  /** Ids that the request or stream ingress acknowledged: none of them may be lost. */
  readonly acknowledged: Iterable<string>;
  /** Ids that were sent at all; anything else in the journal came from nowhere. */
  readonly sent: ReadonlySet<string>;
}

export interface Judgement {
  readonly submitted: number;
  readonly settled: number;
  /** Attempts that were begun; more than tasks and retries where workers were lost. */
  readonly leases: number;
  /** By the name of the verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly epochs: number;
  /** Entries of an older epoch behind one of a newer epoch: no reader counts them (docs/adr/0003). */
  readonly voidEntries: number;
  /** One line for each broken promise. Empty: everything held. */
  readonly faults: readonly string[];
}

/** How often each thing happened to one task. */
interface Life {
  submitted: number;
  settled: number;
  /** Leases, retries and the like after the verdict. */
  afterVerdict: number;
}

interface Tally {
  readonly lives: Map<string, Life>;
  readonly verdicts: Record<string, number>;
  readonly faults: string[];
  leases: number;
  epoch: number;
  epochs: number;
  voidEntries: number;
  seq: number | undefined;
}

/** Counts the records of the whole journal and compares them with the acknowledgements. */
export const judge = (entries: Iterable<SeenEntry>, ledger: Ledger): Judgement => {
  const tally: Tally = {
    lives: new Map(),
    verdicts: {},
    faults: [],
    leases: 0,
    epoch: 0,
    epochs: 0,
    voidEntries: 0,
    seq: undefined,
  };
  for (const entry of entries) countEntry(tally, entry);
  for (const [id, life] of tally.lives) judgeLife(tally, id, life, ledger);
  for (const id of ledger.acknowledged) {
    if (!tally.lives.has(id)) tally.faults.push(`${id} was acknowledged and is not in the journal`);
  }
  const lives = [...tally.lives.values()];
  return {
    submitted: lives.filter(({ submitted }) => submitted > 0).length,
    settled: lives.filter(({ settled }) => settled > 0).length,
    leases: tally.leases,
    verdicts: tally.verdicts,
    epochs: tally.epochs,
    voidEntries: tally.voidEntries,
    faults: tally.faults,
  };
};

const countEntry = (tally: Tally, { seq, epoch, records }: SeenEntry): void => {
  if (tally.seq !== undefined && seq !== tally.seq + 1) {
    tally.faults.push(`entry ${seq} follows entry ${tally.seq}`);
  }
  tally.seq = seq;
  if (epoch < tally.epoch) {
    tally.voidEntries++;
    return;
  }
  if (epoch > tally.epoch) tally.epochs++;
  tally.epoch = epoch;
  for (const record of records) countRecord(tally, record);
};

const countRecord = (tally: Tally, { kind, id, state }: SeenRecord): void => {
  if (kind === 'epoch' || id === undefined) return;
  const life = tally.lives.get(id) ?? { submitted: 0, settled: 0, afterVerdict: 0 };
  tally.lives.set(id, life);
  if (kind === 'leased') tally.leases++;
  if (kind === 'submitted' || kind === 'rejected') life.submitted++;
  else if (life.settled > 0 && kind !== 'settled') life.afterVerdict++;
  if (kind !== 'settled' && kind !== 'rejected') return;
  life.settled++;
  const verdict = state ?? kind;
  tally.verdicts[verdict] = (tally.verdicts[verdict] ?? 0) + 1;
};

const judgeLife = ({ faults }: Tally, id: string, life: Life, { sent }: Ledger): void => {
  if (!sent.has(id)) faults.push(`${id} is in the journal and no client sent it`);
  if (life.submitted === 0) faults.push(`${id} has a history and was never submitted`);
  if (life.submitted > 1) faults.push(`${id} was submitted ${life.submitted} times`);
  if (life.settled === 0) faults.push(`${id} was accepted and never settled`);
  if (life.settled > 1) faults.push(`${id} settled ${life.settled} times`);
  if (life.afterVerdict > 0) faults.push(`${id} went on after its verdict`);
};

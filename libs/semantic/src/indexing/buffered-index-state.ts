import type { SetAsideView } from '@precedent/contract-types';
import type { Clock, IndexState, IndexStep, IndexedSuccess } from '@precedent/ports';

/** Between two writes. Milliseconds. */
const WRITE_MS = 5_000;

export interface BufferOptions {
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>;
  /** Called after each write with the sequence from which the next start continues: entries up to it are not needed again. */
  readonly onDurable?: ((journal: number) => void) | undefined;
}

interface Pending {
  journal: number | undefined;
  notes: number | undefined;
  /** `undefined`: to be dropped. */
  readonly texts: Map<string, string | undefined>;
  readonly successes: Map<string, readonly IndexedSuccess[]>;
}

/**
 * Merges the steps of five seconds into one write: what is put and dropped within it is never written. Reads see every step at once. After a
 * crash the state is an older one, and the entries behind its position are indexed again, which changes nothing. A deletion, an expiry and
 * something set aside are durable when `save` returns, with all steps before.
 */
export class BufferedIndexState implements IndexState {
  readonly #state: IndexState;
  readonly #o: BufferOptions;
  #pending = nothing();
  #cancelWrite: (() => void) | undefined;
  #hasFailed = false;

  constructor(state: IndexState, options: BufferOptions) {
    this.#state = state;
    this.#o = options;
  }

  get journal(): number {
    return this.#pending.journal ?? this.#state.journal;
  }

  get notes(): number {
    return this.#pending.notes ?? this.#state.notes;
  }

  open(): ReadonlyMap<string, string> {
    const open = new Map(this.#state.open());
    for (const [key, text] of this.#pending.texts)
      if (text === undefined) open.delete(key);
      else open.set(key, text);
    return open;
  }

  successes(spec: string): readonly IndexedSuccess[] {
    return this.#pending.successes.get(spec) ?? this.#state.successes(spec);
  }

  setAside(): SetAsideView {
    return this.#state.setAside();
  }

  /** Throws when this write, or the latest one that was due, fails. */
  save(step: IndexStep): void {
    if (isUrgent(step)) {
      this.#write();
      this.#state.save(step);
      this.#o.onDurable?.(this.#state.journal);
      return;
    }
    this.#merge(step);
    if (this.#hasFailed) return this.#write();
    this.#cancelWrite ??= this.#o.clock.wakeAt(this.#o.clock.now() + WRITE_MS, () => this.#writeDue());
  }

  /** What cannot be written is indexed again after the next start. */
  close(): void {
    this.#writeDue();
    this.#state.close();
  }

  #merge({ journal, notes, put = [], drop = [], successes = [] }: IndexStep): void {
    const pending = this.#pending;
    pending.journal = journal ?? pending.journal;
    pending.notes = notes ?? pending.notes;
    for (const key of drop) pending.texts.set(key, undefined);
    for (const [key, text] of put) pending.texts.set(key, text);
    for (const [spec, latest] of successes) pending.successes.set(spec, latest);
  }

  /** A failure stays pending: the next step writes again, and throws if that fails too. */
  #writeDue(): void {
    try {
      this.#write();
    } catch {
      this.#hasFailed = true;
    }
  }

  #write(): void {
    this.#cancelWrite?.();
    this.#cancelWrite = undefined;
    const { texts, successes, journal, notes } = this.#pending;
    if (journal === undefined && notes === undefined && texts.size === 0 && successes.size === 0) return;
    const put = [...texts].flatMap(([key, text]) => (text === undefined ? [] : [[key, text] as const]));
    const drop = [...texts].flatMap(([key, text]) => (text === undefined ? [key] : []));
    this.#state.save({ journal, notes, put, drop, successes: [...successes] });
    this.#pending = nothing();
    this.#hasFailed = false;
    this.#o.onDurable?.(this.#state.journal);
  }
}

const nothing = (): Pending => ({
  journal: undefined,
  notes: undefined,
  texts: new Map(),
  successes: new Map(),
});

const isUrgent = ({ deleted = [], expired, aside = [] }: IndexStep): boolean =>
  deleted.length > 0 || expired !== undefined || aside.length > 0;

import type { LeaseKey } from '../attempts/attempt-table.ts';

/** An attempt whose code runs in the process of its worker. */
export interface LocalAttempt extends LeaseKey {
  readonly attempt: number;
  readonly type: string;
}

/** Attempts that the board has room for; of more than these, the later ones are not on it. */
const ROWS = 64;
/** An epoch, an attempt, an id and a type, with the length before them. */
const ROW_BYTES = 256;
const TEXT_BYTES = ROW_BYTES - 4;
/** The first row is about the event loop. */
const BOARD_BYTES = (ROWS + 1) * ROW_BYTES;
const NO_ROW = -1;
const TICKS = 0;
const MAY_PAUSE = 1;

/**
 * What a worker shows to its watchdog, in memory that both share: that its event loop goes on, and which attempts run in it. A blocked worker
 * cannot be requested to say so.
 */
export class AttemptBoard {
  readonly memory = new SharedArrayBuffer(BOARD_BYTES);
  readonly #ints = new Int32Array(this.memory);
  readonly #texts = Array.from(
    { length: ROWS },
    (_, row) => new Uint8Array(this.memory, textAt(row), TEXT_BYTES),
  );
  readonly #free = Array.from({ length: ROWS }, (_, row) => row);
  readonly #encoder = new TextEncoder();

  /** Returns the row by which the attempt is removed. */
  add({ id, epoch, attempt }: Omit<LocalAttempt, 'type'>, type: string): number {
    const row = this.#free.pop();
    const text = row === undefined ? undefined : this.#texts[row];
    if (row === undefined || text === undefined) return NO_ROW;
    const { written } = this.#encoder.encodeInto(`${epoch} ${attempt} ${id} ${type}`, text);
    Atomics.store(this.#ints, lengthAt(row), written);
    return row;
  }

  remove(row: number): void {
    if (row === NO_ROW) return;
    Atomics.store(this.#ints, lengthAt(row), 0);
    this.#free.push(row);
  }
}

/** The event loop has gone on. `mayPause`: it is that of the main thread, and no debugger may have paused it before the next tick. */
export const tickOn = (memory: SharedArrayBuffer, mayPause: boolean): void => {
  const ints = new Int32Array(memory);
  Atomics.add(ints, TICKS, 1);
  Atomics.store(ints, MAY_PAUSE, mayPause ? 1 : 0);
};

/** How often the event loop has gone on. */
export const ticksOn = (memory: SharedArrayBuffer): number => Atomics.load(new Int32Array(memory), TICKS);

export const mayPauseOn = (memory: SharedArrayBuffer): boolean =>
  Atomics.load(new Int32Array(memory), MAY_PAUSE) === 1;

/** The attempts on the board. Stable while the event loop of the worker is blocked. */
export const attemptsOn = (memory: SharedArrayBuffer): LocalAttempt[] => {
  const ints = new Int32Array(memory);
  return Array.from({ length: ROWS }, (_, row) => Atomics.load(ints, lengthAt(row))).flatMap(
    (length, row) => {
      // A decoder takes no shared memory: this is a copy.
      const bytes = new Uint8Array(memory, textAt(row), length).slice();
      const [epoch, attempt, id, type] = new TextDecoder().decode(new Uint8Array(bytes)).split(' ');
      return id === undefined || type === undefined
        ? []
        : [{ id, epoch: Number(epoch), attempt: Number(attempt), type }];
    },
  );
};

const lengthAt = (row: number): number => ((row + 1) * ROW_BYTES) / 4;
const textAt = (row: number): number => (row + 1) * ROW_BYTES + 4;

import type { JournalledEvent } from '@precedent/contract-types';

export interface WindowLimits {
  readonly events: number;
  /** Of results, about. Characters of JSON. */
  readonly chars: number;
}

/** The latest events of the journal, as many as the limits allow, without a gap between them. */
export class EventWindow {
  readonly #limits: WindowLimits;
  #events: JournalledEvent[] = [];
  #sizes: number[] = [];
  #chars = 0;
  #from: string;
  #last: string;

  /** Begins empty behind a sequence. */
  constructor(limits: WindowLimits, from: string) {
    this.#limits = limits;
    this.#from = from;
    this.#last = from;
  }

  /** The sequence up to which it has everything. */
  get last(): string {
    return this.#last;
  }

  /** Whether it has everything behind a sequence that there is. */
  covers(after: string): boolean {
    return this.#from <= after && after <= this.#last;
  }

  /** What follows `last`. */
  add(events: readonly JournalledEvent[], last: string): void {
    for (const event of events) {
      const size = sizeOf(event);
      this.#events.push(event);
      this.#sizes.push(size);
      this.#chars += size;
    }
    this.#last = last;
    this.#trim();
  }

  /** The next events behind a sequence that it covers. */
  after(sequence: string, max: number): readonly JournalledEvent[] {
    const start = this.#indexAfter(sequence);
    return this.#events.slice(start, start + max);
  }

  #indexAfter(sequence: string): number {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.sequence ?? '') > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Half of it goes at once, so that an event is moved twice at most. */
  #trim(): void {
    const { events, chars } = this.#limits;
    if (this.#events.length <= events && this.#chars <= chars) return;
    let count = 0;
    while (this.#events.length - count > events / 2 || this.#chars > chars / 2)
      this.#chars -= this.#sizes[count++] ?? this.#chars;
    this.#from = this.#events[count - 1]?.sequence ?? this.#from;
    this.#events = this.#events.slice(count);
    this.#sizes = this.#sizes.slice(count);
  }
}

/** An event without a result takes about as much as its members do. */
const MEMBER_CHARS = 400;

const sizeOf = ({ result }: JournalledEvent): number =>
  result === undefined ? MEMBER_CHARS : MEMBER_CHARS + JSON.stringify(result).length;

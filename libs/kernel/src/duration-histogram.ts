/** Durations below this have a bucket of their own; above it each power of two has half as many buckets. */
const EXACT = 32;
const PER_OCTAVE = EXACT / 2;
/** Some 278 years. */
const MAX_MS = 2 ** 43;

/**
 * How often which duration occurred: exact below 32 ms, within 3.2 % above. Histograms of parts add up to the histogram of the whole, and
 * what was added can be subtracted again. Its JSON is an object of counts by bucket.
 */
export class DurationHistogram {
  readonly #counts: Map<number, number>;

  constructor(counts: Iterable<readonly [number, number]> = []) {
    this.#counts = new Map(counts);
  }

  /** From its JSON. */
  static of(text: string): DurationHistogram {
    const counts = Object.entries(JSON.parse(text) as Record<string, number>);
    return new DurationHistogram(counts.map(([bucket, count]) => [Number(bucket), count]));
  }

  /** `times` may be negative: it takes away what was added before. */
  add(ms: number, times = 1): void {
    this.#change(bucketOf(ms), times);
  }

  merge(other: DurationHistogram): void {
    for (const [bucket, count] of other.#counts) this.#change(bucket, count);
  }

  get count(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  /** The smallest duration that this share (0 to 1) is at or below, by the nearest rank; 0 when it is empty. Milliseconds. */
  quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.count));
    let passed = 0;
    let last = 0;
    for (const [bucket, count] of [...this.#counts].toSorted(([a], [b]) => a - b)) {
      passed += count;
      last = bucket;
      if (passed >= rank) break;
    }
    return middleOf(last);
  }

  toJSON(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #change(bucket: number, by: number): void {
    const count = (this.#counts.get(bucket) ?? 0) + by;
    if (count === 0) this.#counts.delete(bucket);
    else this.#counts.set(bucket, count);
  }
}

const bucketOf = (duration: number): number => {
  const ms = Math.min(MAX_MS, Math.max(0, Math.round(duration)));
  if (ms < EXACT) return ms;
  const octave = Math.floor(Math.log2(ms / EXACT));
  return EXACT + octave * PER_OCTAVE + Math.floor(ms / 2 ** (octave + 1)) - PER_OCTAVE;
};

const middleOf = (bucket: number): number => {
  if (bucket < EXACT) return bucket;
  const octave = Math.floor((bucket - EXACT) / PER_OCTAVE);
  const width = 2 ** (octave + 1);
  const low = (PER_OCTAVE + ((bucket - EXACT) % PER_OCTAVE)) * width;
  return low + width / 2;
};

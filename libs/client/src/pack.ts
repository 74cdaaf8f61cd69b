import { BANDS } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { Draft } from './draft.ts';

/** Tasks of one band that travel in one message. */
export interface Parcel {
  readonly band: Band;
  readonly drafts: readonly Draft[];
}

export interface PackLimits {
  /** Tasks in one message. */
  readonly chunk: number;
  /** Characters in one message; the sender still measures the bytes. */
  readonly maxChars: number;
}

interface Bucket {
  drafts: Draft[];
  chars: number;
}

/** Gathers tasks into messages, one band each, in the order in which they came. */
export class Packer {
  readonly #limits: PackLimits;
  readonly #buckets = new Map<Band, Bucket>();

  constructor(limits: PackLimits) {
    this.#limits = limits;
  }

  /** The message that is full now, if one is: with this task in it, or without when it did not fit. */
  add(draft: Draft): Parcel | undefined {
    const bucket = this.#bucketOf(draft.band);
    const fits = bucket.chars + draft.text.length + 1 <= this.#limits.maxChars;
    const before = fits ? undefined : takeFrom(bucket, draft.band);
    bucket.drafts.push(draft);
    bucket.chars += draft.text.length + 1;
    if (before) return before;
    return bucket.drafts.length >= this.#limits.chunk ? takeFrom(bucket, draft.band) : undefined;
  }

  /** What has been gathered so far, the most urgent band first. */
  rest(): Parcel[] {
    const parcels = BANDS.toReversed().map((band) => takeFrom(this.#buckets.get(band), band));
    return parcels.filter((parcel) => parcel !== undefined);
  }

  #bucketOf(band: Band): Bucket {
    const known = this.#buckets.get(band);
    if (known) return known;
    const bucket: Bucket = { drafts: [], chars: 0 };
    this.#buckets.set(band, bucket);
    return bucket;
  }
}

const takeFrom = (bucket: Bucket | undefined, band: Band): Parcel | undefined => {
  if (!bucket || bucket.drafts.length === 0) return undefined;
  const { drafts } = bucket;
  bucket.drafts = [];
  bucket.chars = 0;
  return { band, drafts };
};

import type { SearchConfidence } from '@precedent/contract-types';

export interface BestHit {
  readonly cosine?: number;
  readonly share?: number;
  readonly exactShare?: number;
  readonly near?: number;
}

/** By measurement: what nothing answers stays below `FAR + LOW`, what is answered begins there. `docs/semantic.md`. */
const FAR = 0.3;
const SPAN = 0.8;
const WORDS = 0.6;
const LOW = 0.38;
const HIGH = 0.7;

/** A hit that holds the very id is sure, one that lacks it is not, however near. By words only, nothing is sure. */
export const confidenceOf = (best: BestHit | undefined): SearchConfidence => {
  if (best === undefined) return { level: 'low', value: 0 };
  const words = best.near ?? best.share ?? 0;
  const own = Math.min(1, Math.max(0, ((best.cosine ?? 0) + WORDS * words - FAR) / SPAN));
  const value = best.exactShare === undefined ? own : 0.4 * own + 0.6 * best.exactShare;
  return { level: levelOf(value), value };
};

const levelOf = (value: number): SearchConfidence['level'] => {
  if (value >= HIGH) return 'high';
  return value < LOW ? 'low' : 'medium';
};

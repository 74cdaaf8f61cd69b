import type { Issue } from '@precedent/kernel';

/** A value as it was written, and where. */
export interface RawValue {
  readonly value: unknown;
  /** `default`, `precedent.yaml:12`, `env PRECEDENT_CELL` or `flag`. */
  readonly origin: string;
}

/** What one source says: the keys it sets, and what is wrong with it. */
export interface RawLayer {
  readonly values: ReadonlyMap<string, RawValue>;
  readonly issues: readonly Issue[];
}

import type { SetAside, SetAsideView } from '@precedent/contract-types';

/** What an indexer must remember to go on after its end: two positions, and one text for each thing that is not over yet. */
export interface IndexState {
  /** Sequences that were indexed; 0 at first. */
  readonly journal: number;
  readonly notes: number;
  /** The texts that were kept, by key. */
  open(): ReadonlyMap<string, string>;
  /** What was not indexed. */
  setAside(): SetAsideView;
  /** All of it at once, durable when it returns. */
  save(step: IndexStep): void;
  close(): void;
}

export interface IndexStep {
  readonly journal?: number | undefined;
  readonly notes?: number | undefined;
  readonly put?: readonly (readonly [key: string, text: string])[] | undefined;
  readonly drop?: readonly string[] | undefined;
  readonly aside?: readonly SetAside[] | undefined;
}

import type { SetAside, SetAsideView } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';

/** A success that has documents of its own, and stands for the successes of its spec that it displaced. */
export interface IndexedSuccess {
  readonly task: string;
  /** Of its verdict. */
  readonly at: EpochMs;
  /** Itself included. */
  readonly count: number;
  /** The verdict of the first one that it stands for. */
  readonly since: EpochMs;
  /** It keeps its documents when it is displaced. */
  readonly isPinned: boolean;
}

/** What an indexer must remember to go on after its end: two positions, and one text for each thing that is not over yet. */
export interface IndexState {
  /** Sequences that were indexed; 0 at first. */
  readonly journal: number;
  readonly notes: number;
  /** The texts that were kept, by key. */
  open(): ReadonlyMap<string, string>;
  /** The indexed successes of a spec, oldest first. */
  successes(spec: string): readonly IndexedSuccess[];
  /** What was not indexed. */
  setAside(): SetAsideView;
  /** All of it or nothing. Reads see it when it returns; `BufferedIndexState` says when it is durable. */
  save(step: IndexStep): void;
  close(): void;
}

export interface IndexStep {
  readonly journal?: number | undefined;
  readonly notes?: number | undefined;
  readonly put?: readonly (readonly [key: string, text: string])[] | undefined;
  readonly drop?: readonly string[] | undefined;
  /** All indexed successes of these specs. */
  readonly successes?: readonly (readonly [spec: string, latest: readonly IndexedSuccess[]])[] | undefined;
  /** Tasks that are deleted: no success of theirs stays. */
  readonly deleted?: readonly string[] | undefined;
  /** Successes settled before are removed. */
  readonly expired?: EpochMs | undefined;
  readonly aside?: readonly SetAside[] | undefined;
}

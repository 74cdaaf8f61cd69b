import type { IndexState, IndexStep, IndexedSuccess } from '@precedent/ports';

type Latest = NonNullable<IndexStep['successes']>;

/** The indexed successes as of the latest batch, of which the state learns when the documents of the batch are stored. */
export class UnsavedSuccesses {
  readonly #state: Pick<IndexState, 'successes'>;
  #unsaved = new Map<string, readonly IndexedSuccess[]>();

  constructor(state: Pick<IndexState, 'successes'>) {
    this.#state = state;
  }

  readonly read = (spec: string): readonly IndexedSuccess[] =>
    this.#unsaved.get(spec) ?? this.#state.successes(spec);

  add(latest: Latest): void {
    for (const [spec, successes] of latest) this.#unsaved.set(spec, successes);
  }

  /** The state has them. Later ones of the same spec stay. */
  saved(latest: Latest): void {
    for (const [spec, successes] of latest)
      if (this.#unsaved.get(spec) === successes) this.#unsaved.delete(spec);
  }
}

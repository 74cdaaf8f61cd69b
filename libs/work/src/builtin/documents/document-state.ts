import { isCount } from '../safe-point.ts';

/** Why a file is not indexed. */
export type SkipReason =
  | 'binary'
  | 'too_large'
  | 'empty'
  | 'not_a_file'
  | 'unreadable'
  | 'missing'
  /** JSON that is nested beyond every text. */
  | 'too_deep'
  /** It was not cut in time. */
  | 'too_slow'
  /** It would have more chunks than characters are for, or takes more memory than a thread may have. */
  | 'too_complex';

export interface Skipped {
  readonly path: string;
  readonly reason: SkipReason;
}

/** How far a `document.process` task is: its checkpoint. JSON. */
export interface DocumentState {
  readonly kind: typeof DOCUMENT_STATE;
  /** The last file that is done; files are worked on in the order of their paths. Empty: none. */
  readonly after: string;
  /** The file behind it, of which the first chunks are indexed already. */
  readonly partial?: { readonly path: string; readonly hash: string; readonly chunks: number };
  /** Files that are done. */
  readonly files: number;
  readonly indexed: number;
  readonly unchanged: number;
  /** Files of the collection that are gone. */
  readonly removed: number;
  /** That were embedded and stored. */
  readonly chunks: number;
  /** That were read. */
  readonly bytes: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** The first ones. */
  readonly examples: readonly Skipped[];
}

/** The kind of the state above, with its version. A state of another kind is not read. */
export const DOCUMENT_STATE = 'documents/1';

export const EMPTY_STATE: DocumentState = {
  kind: DOCUMENT_STATE,
  after: '',
  files: 0,
  indexed: 0,
  unchanged: 0,
  removed: 0,
  chunks: 0,
  bytes: 0,
  skipped: {},
  examples: [],
};

const EXAMPLES_MAX = 50;

/** The state after one more file. */
export const withIndexedFile = (
  before: DocumentState,
  path: string,
  counts: {
    readonly indexed?: number;
    readonly unchanged?: number;
    readonly removed?: number;
    readonly bytes?: number;
  },
): DocumentState => {
  const { partial: _partial, ...state } = before;
  return {
    ...state,
    after: path,
    files: state.files + 1,
    indexed: state.indexed + (counts.indexed ?? 0),
    unchanged: state.unchanged + (counts.unchanged ?? 0),
    removed: state.removed + (counts.removed ?? 0),
    bytes: state.bytes + (counts.bytes ?? 0),
  };
};

export const withSkip = (state: DocumentState, path: string, reason: SkipReason): DocumentState => ({
  ...withIndexedFile(state, path, {}),
  skipped: { ...state.skipped, [reason]: (state.skipped[reason] ?? 0) + 1 },
  examples: state.examples.length < EXAMPLES_MAX ? [...state.examples, { path, reason }] : state.examples,
});

/** What a `document.process` task results in. */
export interface DocumentResult {
  readonly files: number;
  readonly indexed: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly chunks: number;
  readonly bytes: number;
  readonly skipped: {
    readonly count: number;
    readonly reasons: DocumentState['skipped'];
    /** The first ones. */
    readonly examples: readonly Skipped[];
  };
}

export const resultOf = (state: DocumentState): DocumentResult => {
  const { files, indexed, unchanged, removed, chunks, bytes, skipped, examples } = state;
  const count = Object.values(skipped).reduce((sum, one) => sum + one, 0);
  return {
    files,
    indexed,
    unchanged,
    removed,
    chunks,
    bytes,
    skipped: { count, reasons: skipped, examples },
  };
};

export const isDocumentState = (state: Partial<Record<keyof DocumentState, unknown>>): boolean =>
  typeof state.after === 'string' &&
  [state.files, state.indexed, state.unchanged, state.removed, state.chunks, state.bytes].every(isCount) &&
  typeof state.skipped === 'object' &&
  Array.isArray(state.examples);

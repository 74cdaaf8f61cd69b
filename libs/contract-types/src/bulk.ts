import type { Band, EpochMs, ErrorCode } from '@precedent/kernel';
import type { Right } from './access.ts';
import type { TaskState } from './task-view.ts';

/** What one operation of a task requires, and to which tasks it applies, so that it can be done to many. */
interface BulkRule {
  readonly right: Right;
  readonly appliesTo: 'open' | 'settled';
}

/** The operations on one task that can be done to all tasks that a filter finds. */
export const BULK_ACTIONS = {
  cancel: { right: 'control', appliesTo: 'open' },
  delete: { right: 'administer', appliesTo: 'settled' },
} as const satisfies Readonly<Record<string, BulkRule>>;
export type BulkAction = keyof typeof BULK_ACTIONS;

/** The type of the tasks that carry them out. Callers cannot submit it. */
export const BULK_TYPE = 'system.bulk';

export const BULK_LIMITS = {
  /** Tasks in one set. */
  tasks: 100_000,
  /** Tasks that are acted on between two checkpoints. */
  piece: 500,
  /** Tasks that a preview names. */
  sample: 20,
  /** Refused tasks that a result names. */
  refusals: 20,
  /** How long a token can start what it is for. Milliseconds. */
  tokenMs: 3_600_000,
  /** Sets that are stored at the same time: of previews that may still be started, and of tasks that are not over. */
  sets: 200,
} as const;

/** Tasks that meet every condition; values of one list are alternatives. */
export interface BulkFilter {
  readonly state?: readonly TaskState[] | undefined;
  readonly band?: readonly Band[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly project?: string | undefined;
  /** All of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Of the submission: from inclusive, to exclusive. */
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  /** How the id begins. */
  readonly idPrefix?: string | undefined;
}

export interface BulkPreviewRequest {
  readonly action: BulkAction;
  readonly filter?: BulkFilter | undefined;
  readonly namespace?: string | undefined;
}

/** A task of a set, for people to recognise what they are about to do. */
export interface BulkSample {
  readonly id: string;
  readonly project: string;
  readonly type: string;
  readonly band: Band;
  readonly state: TaskState;
  readonly name?: string;
  readonly submittedAt: EpochMs;
}

export interface BulkPreview {
  readonly action: BulkAction;
  readonly count: number;
  /** The sequence of the journal at which the set was fixed. */
  readonly seq: number;
  readonly sample: readonly BulkSample[];
  /** It starts the action for exactly this set. Absent when the set is empty. */
  readonly token?: string;
  readonly expiresAt?: EpochMs;
}

/** The payload of a task of the type `BULK_TYPE`. */
export interface BulkPayload {
  readonly action: BulkAction;
  /** The name of the stored set. */
  readonly set: string;
  readonly total: number;
  /** The SHA-256 of each piece of it, in base64url. */
  readonly pieces: readonly string[];
}

/** Some tasks of a set, which the worker of a bulk task sends to the engine. */
export interface BulkPiece {
  readonly index: number;
  readonly ids: readonly string[];
}

export interface BulkRefusal {
  readonly code: ErrorCode;
  /** Absent where not every reader of the bulk task may know it. */
  readonly id?: string;
}

export interface BulkPieceReply {
  readonly done: number;
  /** They were so before. */
  readonly already: number;
  readonly refused: readonly BulkRefusal[];
}

/** What came of all of them: the result of a bulk task. */
export interface BulkResult {
  readonly action: BulkAction;
  readonly total: number;
  readonly done: number;
  /** They were so before. */
  readonly already: number;
  /** By code. */
  readonly refused: Readonly<Record<string, number>>;
  /** The first ones. */
  readonly refusals: readonly BulkRefusal[];
}

/** The text of which a piece has its digest. */
export const bulkPieceText = (ids: readonly string[]): string => ids.join('\n');

/** The pieces of a set, in their order. */
export const bulkPiecesOf = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / BULK_LIMITS.piece) }, (_, index) =>
    ids.slice(index * BULK_LIMITS.piece, (index + 1) * BULK_LIMITS.piece),
  );

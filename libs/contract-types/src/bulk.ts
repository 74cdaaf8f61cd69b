import type { Band, EpochMs, ErrorCode } from '@precedent/kernel';
import type { Right } from './access.ts';
import { REDRIVABLE } from './redrive.ts';
import type { RedriveOptions } from './redrive.ts';
import type { TaskState } from './task-view.ts';

/** What one operation of a task requires, and to which tasks it applies, so that it can be done to many. */
interface BulkRule {
  readonly right: Right;
  readonly appliesTo: 'open' | 'settled';
  /** Absent: all that are open, or settled. */
  readonly states?: readonly TaskState[];
  /** The states that a filter without states means; absent: all of them. */
  readonly usually?: readonly TaskState[];
}

/** The operations on one task that can be done to all tasks that a filter finds. */
export const BULK_ACTIONS = {
  cancel: { right: 'control', appliesTo: 'open' },
  delete: { right: 'administer', appliesTo: 'settled' },
  /** A repetition is submitted. What was cancelled or skipped was not meant to run. */
  retry: {
    right: 'submit',
    appliesTo: 'settled',
    states: REDRIVABLE,
    usually: ['failed', 'timed_out'],
  },
} as const satisfies Readonly<Record<string, BulkRule>>;
export type BulkAction = keyof typeof BULK_ACTIONS;

export const bulkRule = (action: BulkAction): BulkRule => BULK_ACTIONS[action];

/** The type of the tasks that carry them out. Callers cannot submit it. */
export const BULK_TYPE = 'system.bulk';

export const BULK_LIMITS = {
  /** Tasks in one set. */
  tasks: 100_000,
  /** Tasks that are acted on between two checkpoints. */
  piece: 500,
  /** Ids that a filter names. */
  ids: 5_000,
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
  /** Any of these. */
  readonly ids?: readonly string[] | undefined;
  /** The code of the error with which it ended: any of these. */
  readonly errorCode?: readonly string[] | undefined;
}

/** How tasks are run again: how they are edited, at which rate, and when that stops itself. */
export interface BulkRun extends RedriveOptions {
  /** Tasks a second, at most. */
  readonly perSecond?: number | undefined;
  /** So many first. The others follow when these have ended and few of them failed, and while few fail. */
  readonly first?: number | undefined;
  /** The share, 0 to 1, of those that ended which may fail. */
  readonly maxFailed?: number | undefined;
}

export interface BulkPreviewRequest {
  readonly action: BulkAction;
  /** Of `retry` only. */
  readonly run?: BulkRun | undefined;
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
  readonly run?: BulkRun | undefined;
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
  /** It is about these only: from inclusive, to exclusive; absent: about all of them. */
  readonly part?: readonly [from: number, to: number] | undefined;
  /** Nothing is done to them: how their repetitions ended is counted, `wait`: after the next verdict, or some seconds. */
  readonly verdicts?: 'count' | 'wait' | undefined;
}

/** How repetitions ended that one bulk task has submitted. */
export interface BulkVerdicts {
  readonly ended: number;
  /** Of these, failed or timed out. */
  readonly failed: number;
  readonly open: number;
  /** One that completed. */
  readonly mended?: MendedTask;
}

/** A task that failed, and the repetition of it that completed. */
interface MendedTask {
  readonly task: string;
  readonly by: string;
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
  /** Where they were requested. */
  readonly verdicts?: BulkVerdicts | undefined;
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
  /** It stopped itself, because of those that ended too many failed. `left`: the tasks that it did nothing to. */
  readonly stopped?: {
    readonly ended: number;
    readonly failed: number;
    readonly maxFailed: number;
    readonly left: number;
  };
  /** What was changed helped: that can be recorded as a resolution. */
  readonly mended?: MendedTask;
}

/** The text of which a piece has its digest. */
export const bulkPieceText = (ids: readonly string[]): string => ids.join('\n');

/** The pieces of a set, in their order. */
export const bulkPiecesOf = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / BULK_LIMITS.piece) }, (_, index) =>
    ids.slice(index * BULK_LIMITS.piece, (index + 1) * BULK_LIMITS.piece),
  );

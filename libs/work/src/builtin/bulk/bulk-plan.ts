import { BULK_LIMITS } from '@precedent/contract-types';
import type { BulkPayload, BulkRun, BulkVerdicts } from '@precedent/contract-types';

/** How far a bulk task is. */
export interface BulkPlace {
  /** Tasks that were acted on, from the first one. */
  readonly acted: number;
  /** Of these, those whose verdicts are counted, from the first one. */
  readonly watched: number;
  readonly ended: number;
  readonly failed: number;
}

/** Some tasks of one piece of the set: from inclusive, to exclusive. */
export interface SetPart {
  readonly from: number;
  readonly to: number;
}

/** Parts in each second of a paced run. */
const PARTS_PER_SECOND = 2;
/** Tasks that a run with a bound acts on before it has counted the verdicts of those before. */
const AHEAD_MAX = 10 * BULK_LIMITS.piece;
/** The bound of a run that has none of its own. */
const MAX_FAILED = 0.1;

const endOfPiece = (from: number): number => (Math.floor(from / BULK_LIMITS.piece) + 1) * BULK_LIMITS.piece;

/** What is acted on next: within one piece, no more than the rate allows at once, and nothing behind the first ones together with those. */
export const nextPart = ({ total, run = {} }: BulkPayload, { acted }: BulkPlace): SetPart => {
  const { perSecond = Number.POSITIVE_INFINITY, first = 0 } = run;
  const most = acted + Math.max(1, Math.ceil(perSecond / PARTS_PER_SECOND));
  const firstOnes = acted < first ? first : Number.POSITIVE_INFINITY;
  return { from: acted, to: Math.min(total, endOfPiece(acted), most, firstOnes) };
};

/** The tasks whose verdicts are to be counted before anything else is acted on; `undefined`: none. */
export const watchedPart = (
  { total, run }: BulkPayload,
  { acted, watched }: BulkPlace,
): SetPart | undefined => {
  const first = Math.min(run?.first ?? 0, total);
  if (first === 0 || acted < first || watched >= acted) return undefined;
  return { from: watched, to: Math.min(acted, endOfPiece(watched)) };
};

/** Whether verdicts are waited for, because nothing else may be done before. */
export const waitsForVerdicts = ({ run }: BulkPayload, { acted, watched }: BulkPlace): boolean =>
  watched < (run?.first ?? 0) || acted - watched >= AHEAD_MAX;

/** Why a run stops itself; `undefined`: it goes on. `partial`: of the part that is not over. */
export const stopOf = (
  { run }: BulkPayload,
  { watched, ...place }: BulkPlace,
  partial: Pick<BulkVerdicts, 'ended' | 'failed'> = { ended: 0, failed: 0 },
): { readonly ended: number; readonly failed: number; readonly maxFailed: number } | undefined => {
  const { first, maxFailed = MAX_FAILED } = run ?? ({} satisfies BulkRun);
  const [ended, failed] = [place.ended + partial.ended, place.failed + partial.failed];
  if (first === undefined || watched < first || failed <= ended * maxFailed) return undefined;
  return { ended, failed, maxFailed };
};

/** Milliseconds that so many tasks take at the rate. */
export const durationMs = ({ run }: BulkPayload, tasks: number): number =>
  run?.perSecond === undefined ? 0 : (tasks / run.perSecond) * 1_000;

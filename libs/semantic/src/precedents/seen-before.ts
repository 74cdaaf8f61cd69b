import type {
  KnownResolution,
  LaterSuccess,
  LimitFacts,
  RetrySettings,
  SameFailure,
  SeenReply,
  SuggestedRetry,
} from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import type { Precedent } from './precedent.ts';
import { supportOf } from './precedent.ts';
import { suggestRetry } from './suggestions.ts';

/** The failed attempt that is the subject of the query. */
export interface Failure {
  readonly task: string;
  readonly at: EpochMs;
  /** Absent when nothing tells its cause: no other failure is the same. */
  readonly fingerprint?: string;
  readonly spec: string;
  readonly attempt?: number;
  readonly version?: string;
  readonly worker?: string;
  readonly limits?: LimitFacts;
}

/** `same`: earlier failures with the same fingerprint. */
export type SeenAnswer = Pick<SeenReply, 'isNew' | 'same'>;

const SUCCESSES_MAX = 5;
/** The outcomes of failed attempts. */
export const FAILED_OUTCOMES = ['failed', 'timed_out', 'lost'] as const;
const FAILED: ReadonlySet<string> = new Set(FAILED_OUTCOMES);

/**
 * Whether a failure was seen before, and what fixed it. `history` holds attempts with the same fingerprint and attempts of the same spec,
 * in any order. Attempts after the failure count only as later successes.
 */
export const seenBefore = (
  failure: Failure,
  history: readonly Precedent[],
  resolutions: readonly KnownResolution[] = [],
): SeenAnswer => {
  const others = history.filter((one) => one.task !== failure.task || one.attempt < (failure.attempt ?? 1));
  const failed = unique(others.filter((one) => FAILED.has(one.outcome) && one.fingerprint !== undefined));
  const same = failed.filter((one) => one.fingerprint === failure.fingerprint && one.at <= failure.at);
  return {
    ...(same.length > 0 && { same: sameBefore(failure, { same, history, resolutions }) }),
    isNew: same.length === 0 && failure.fingerprint !== undefined,
  };
};

/** The answer with the count of all occurrences, which may be more than were read. */
export const withCount = (answer: SeenAnswer, count: number): SeenAnswer =>
  answer.same === undefined || count <= answer.same.count
    ? answer
    : { ...answer, same: { ...answer.same, count, partial: true } };

/** Distinct attempts: two points describe a failed one. */
const unique = (cases: readonly Precedent[]): readonly Precedent[] => [
  ...new Map(cases.map((one) => [`${one.task} ${one.attempt}`, one])).values(),
];

interface Comparison {
  readonly same: readonly Precedent[];
  readonly history: readonly Precedent[];
  readonly resolutions: readonly KnownResolution[];
}

const sameBefore = (failure: Failure, { same, history, resolutions }: Comparison): SameFailure => {
  const times = same.map(({ at }) => at);
  const known = resolutions
    .filter((one) => one.fingerprint === failure.fingerprint)
    .toSorted((a, b) => b.at - a.at);
  const laterSuccesses = successesAfter(same, history);
  const retry = suggestRetry(history, failure.fingerprint);
  const settings = settingsFor(failure, { laterSuccesses, known, history, retry });
  return {
    count: same.length,
    tasks: new Set(same.map(({ task }) => task)).size,
    ownAttempts: same.filter(({ task }) => task === failure.task).length,
    firstAt: Math.min(...times),
    lastAt: Math.max(...times),
    resolutions: known,
    laterSuccesses,
    ...(retry && { retry }),
    ...(settings && { settings }),
    ...supportOf(same),
  };
};

/** The next success of the same spec after each of these failures, once each, newest first. */
const successesAfter = (
  same: readonly Precedent[],
  history: readonly Precedent[],
): readonly LaterSuccess[] => {
  const successes = history.filter(({ outcome }) => outcome === 'completed').toSorted((a, b) => a.at - b.at);
  const found = same.flatMap((failed) => {
    const next = successes.find((one) => one.spec === failed.spec && one.at > failed.at);
    return next
      ? [{ task: next.task, at: next.at, after: failed.task, differences: differences(failed, next) }]
      : [];
  });
  const once = new Map(found.map((one) => [one.task, one]));
  return [...once.values()].toSorted((a, b) => b.at - a.at).slice(0, SUCCESSES_MAX);
};

const differences = (before: Precedent, after: Precedent): LaterSuccess['differences'] => {
  const sides: readonly (readonly [string, string | number | undefined, string | number | undefined])[] = [
    ['version', before.version, after.version],
    ['worker', before.worker, after.worker],
    ['memoryMb', before.limits?.memoryMb, after.limits?.memoryMb],
    ['attemptTimeoutMs', before.limits?.attemptTimeoutMs, after.limits?.attemptTimeoutMs],
  ];
  return sides.flatMap(([field, was, is]) => {
    if (was === is) return [];
    return [
      {
        field,
        ...(was !== undefined && { before: String(was) }),
        ...(is !== undefined && { after: String(is) }),
      },
    ];
  });
};

interface Hints {
  readonly laterSuccesses: readonly LaterSuccess[];
  readonly known: readonly KnownResolution[];
  readonly history: readonly Precedent[];
  readonly retry: SuggestedRetry | undefined;
}

/** Settings of a resolution's evidence; else those of a later success that differs; else a delay. */
const settingsFor = (
  failure: Failure,
  { laterSuccesses, known, history, retry }: Hints,
): RetrySettings | undefined => {
  const resolved = known.map(({ evidence }) =>
    history.find((one) => one.task === evidence && one.outcome === 'completed'),
  );
  const evidenceRun = resolved.find((one) => one !== undefined);
  const fromEvidence = evidenceRun && settingsOf('resolved', failure, evidenceRun);
  if (fromEvidence) return fromEvidence;
  const later = laterSuccesses.find((one) => one.differences.length > 0);
  const success = later && history.find((one) => one.task === later.task && one.outcome === 'completed');
  const fromSuccess = success && settingsOf('worked_with', failure, success);
  if (fromSuccess) return fromSuccess;
  if (retry?.advice !== 'retry') return undefined;
  return { why: 'transient', ...(retry.delayMs !== undefined && { delayMs: retry.delayMs }) };
};

/** The version and limits that differ from the failure's. Another worker alone is no fix. */
const settingsOf = (
  why: RetrySettings['why'],
  failure: Failure,
  success: Precedent,
): RetrySettings | undefined => {
  const { version, limits } = success;
  const hasNewVersion = version !== undefined && version !== failure.version;
  const hasNewLimits =
    limits !== undefined && JSON.stringify(limits) !== JSON.stringify(failure.limits ?? {});
  if (!hasNewVersion && !hasNewLimits) return undefined;
  return { why, ...(hasNewVersion && { version }), ...(hasNewLimits && { limits }) };
};

/** A point of kind `resolution`; `undefined` for any other. */
export const resolutionOf = ({
  id,
  payload,
}: {
  readonly id: string;
  readonly payload: PointPayload;
}): KnownResolution | undefined => {
  const { fingerprint, evidence, by, kind } = payload;
  if (kind !== 'resolution' || typeof fingerprint !== 'string' || typeof evidence !== 'string')
    return undefined;
  return {
    id,
    fingerprint,
    evidence,
    by: typeof by === 'string' ? by : 'unknown',
    text: payload.text,
    at: payload.at,
  };
};

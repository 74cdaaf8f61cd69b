import type { Evidence } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import type { LimitFacts } from '@precedent/contract-types';

/** A past attempt, with the facts that conclusions need. */
export interface Precedent {
  /** The id of the attempt's point, which answers name as evidence. */
  readonly id: string;
  readonly task: string;
  readonly at: EpochMs;
  readonly project: string;
  readonly type: string;
  /** Equal for tasks whose requests differ only in numbers, paths and values. */
  readonly spec: string;
  readonly outcome: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly durationMs?: number;
  /** Successes that it stands for, itself included, and when the first of them ended. Absent: only itself. */
  readonly count?: number;
  readonly since?: EpochMs;
  /** Cosine to the subject of the query, 0 to 1; 1 for the same spec. */
  readonly similarity: number;
  readonly fingerprint?: string;
  readonly errorCode?: string;
  readonly exitCode?: number;
  readonly version?: string;
  readonly worker?: string;
  readonly peakMemoryMb?: number;
  readonly checkpoints?: number;
  readonly limits?: LimitFacts;
}

const EVIDENCE_MAX = 20;

export const supportOf = (cases: readonly Precedent[]): Evidence => ({
  support: cases.length,
  evidence: cases
    .toSorted((a, b) => b.similarity - a.similarity || b.at - a.at || (a.id < b.id ? -1 : 1))
    .slice(0, EVIDENCE_MAX)
    .map(({ id }) => id),
});

/** A point of kind `attempt` or `failure` as a precedent; `undefined` for any other. */
export const precedentOf = (hit: {
  readonly id: string;
  readonly score?: number;
  readonly payload: PointPayload;
}): Precedent | undefined => {
  const { payload } = hit;
  const [task, type, spec, outcome] = ['task', 'type', 'spec', 'outcome'].map((field) =>
    text(payload[field]),
  );
  const isAttempt = payload['kind'] === 'attempt' || payload['kind'] === 'failure';
  if (!isAttempt || task === undefined || type === undefined || outcome === undefined) return undefined;
  return {
    id: hit.id,
    task,
    at: payload.at,
    project: text(payload['project']) ?? '',
    type,
    spec: spec ?? '',
    outcome,
    attempt: number(payload['attempt']) ?? 1,
    similarity: Math.min(1, Math.max(0, hit.score ?? 1)),
    ...optionalFields(payload),
  };
};

const text = (value: PointPayload[string] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
const number = (value: PointPayload[string] | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

const optionalFields = (payload: PointPayload): Partial<Precedent> => {
  const texts = { fingerprint: 'fingerprint', errorCode: 'error_code', version: 'version', worker: 'worker' };
  const numbers = {
    durationMs: 'duration_ms',
    count: 'count',
    since: 'first_at',
    exitCode: 'exit_code',
    peakMemoryMb: 'peak_memory_mb',
    checkpoints: 'checkpoints',
  };
  return Object.fromEntries(
    [
      ...Object.entries(texts).map(([to, from]) => [to, text(payload[from])] as const),
      ...Object.entries(numbers).map(([to, from]) => [to, number(payload[from])] as const),
      ['limits', limitsOf(payload)] as const,
    ].filter(([, value]) => value !== undefined),
  );
};

const limitsOf = (payload: PointPayload): LimitFacts | undefined => {
  const attemptTimeoutMs = number(payload['limit_attempt_ms']);
  const memoryMb = number(payload['limit_memory_mb']);
  if (attemptTimeoutMs === undefined && memoryMb === undefined) return undefined;
  return {
    ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
    ...(memoryMb !== undefined && { memoryMb }),
  };
};

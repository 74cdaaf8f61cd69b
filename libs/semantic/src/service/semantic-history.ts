import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import type { ResolutionFacts } from '../documents/told-documents.ts';
import type { Change } from '../precedents/changes.ts';
import { whatChanged } from '../precedents/changes.ts';
import type { Precedent } from '../precedents/precedent.ts';
import type { DurationPrediction, FailureOdds } from '../precedents/predictions.ts';
import { failureOdds, predictDuration } from '../precedents/predictions.ts';
import type { SeenAnswer } from '../precedents/seen-before.ts';
import { seenBefore } from '../precedents/seen-before.ts';
import type { LimitSuggestion } from '../precedents/suggestions.ts';
import { suggestTimeout } from '../precedents/suggestions.ts';
import type { SearchGround } from '../search/search.ts';
import { Archive, runIn } from './archive.ts';

/** What is asked about: a task that is known, or what one would submit. */
export interface Question {
  readonly namespace: string;
  readonly now: EpochMs;
}

export interface DiffAnswer {
  readonly task: string;
  /** Absent: nothing of this name has ever worked. */
  readonly lastSuccess?: { readonly task: string; readonly at: EpochMs };
  readonly changes: readonly Change[];
}

/** Everything is absent below its minimum of support. */
export interface Prediction {
  readonly duration?: DurationPrediction;
  readonly failure?: FailureOdds;
  readonly timeout?: LimitSuggestion;
  /** Cases that were looked at. */
  readonly looked: number;
}

/** A failed task, as a resolution names it. */
export type ResolvedFailure = Pick<ResolutionFacts, 'project' | 'fingerprint' | 'type' | 'subject'>;

/** What the past tells about a task: each answer with its evidence, or nothing. Rejects VECTORS_UNAVAILABLE. */
export class SemanticHistory {
  readonly #archive: Archive;

  constructor(ground: () => SearchGround) {
    this.#archive = new Archive(ground);
  }

  /** Whether the last failure of a task was seen before, and what helped. Rejects TASK_NOT_FOUND, or INVALID_REQUEST when it has not failed. */
  async seen(
    task: string,
    { namespace, now }: Question,
  ): Promise<SeenAnswer & { readonly fingerprint: string }> {
    const { failure, spec } = await this.#failed(namespace, task);
    const fingerprint = text(failure, 'fingerprint') ?? '';
    const [same, ofSpec, alike, resolutions] = await Promise.all([
      this.#archive.attempts(namespace, { fingerprint }, now),
      this.#archive.attempts(namespace, { spec: text(spec, 'spec') ?? '' }, now),
      this.#archive.neighbours(failure.text, { namespace, fields: { kind: 'failure' } }),
      this.#archive.resolutions(namespace, fingerprint),
    ]);
    const answer = seenBefore(failureOf(failure), unique([...same, ...ofSpec, ...alike]), resolutions);
    return { ...answer, fingerprint };
  }

  /** What is different since something of this name last worked. Rejects TASK_NOT_FOUND. */
  async diff(task: string, { namespace }: Question): Promise<DiffAnswer> {
    const spec = await this.#archive.specOf(namespace, task);
    const run = runIn(spec);
    const success = run && (await this.#archive.lastSuccess(spec, run.at));
    if (run === undefined || success === undefined) return { task, changes: [] };
    return { task, lastSuccess: { task: success.task, at: success.at }, changes: whatChanged(success, run) };
  }

  /** How long something will take and how likely it fails, by what was like it. */
  async predict(
    spec: Pick<PointPayload, 'text'> & { readonly type: string; readonly spec: string },
    { namespace, now }: Question,
  ): Promise<Prediction> {
    const { type, spec: hash } = spec;
    const [same, alike] = await Promise.all([
      this.#archive.attempts(namespace, { spec: hash }, now),
      this.#archive.neighbours(spec.text, { namespace, fields: { kind: 'attempt', type } }),
    ]);
    const cases = unique([...same, ...alike]);
    const prospect = { type, spec: hash, now };
    const duration = predictDuration(cases, prospect);
    const failure = failureOdds(cases, prospect);
    const timeout = suggestTimeout(cases, prospect);
    return {
      ...(duration && { duration }),
      ...(failure && { failure }),
      ...(timeout && { timeout }),
      looked: cases.length,
    };
  }

  /** The same for a task that is known. Rejects TASK_NOT_FOUND. */
  async predictFor(task: string, question: Question): Promise<Prediction> {
    const payload = await this.#archive.specOf(question.namespace, task);
    return this.predict(
      { text: payload.text, type: text(payload, 'type') ?? '', spec: text(payload, 'spec') ?? '' },
      question,
    );
  }

  /** What a resolution of this task's failure is about. Rejects TASK_NOT_FOUND, or INVALID_REQUEST when it has not failed. */
  async failure(namespace: string, task: string): Promise<ResolvedFailure> {
    const { failure } = await this.#failed(namespace, task);
    const [type, subject] = [text(failure, 'type'), text(failure, 'name')];
    return {
      project: text(failure, 'project') ?? 'default',
      fingerprint: text(failure, 'fingerprint') ?? '',
      ...(type !== undefined && { type }),
      ...(subject !== undefined && { subject }),
    };
  }

  async #failed(namespace: string, task: string): Promise<{ failure: PointPayload; spec: PointPayload }> {
    const [spec, failure] = await Promise.all([
      this.#archive.specOf(namespace, task),
      this.#archive.failureOf(namespace, task),
    ]);
    if (failure) return { spec, failure };
    throw new AppError('INVALID_REQUEST', `task ${task} has not failed`, {
      issues: [{ field: 'id', message: `expected a task with a failed attempt; got ${task}` }],
    });
  }
}

const text = (payload: PointPayload, field: string): string | undefined => {
  const value = payload[field];
  return typeof value === 'string' ? value : undefined;
};

const failureOf = (payload: PointPayload) => {
  const { attempt } = payload;
  const [version, worker] = [text(payload, 'version'), text(payload, 'worker')];
  return {
    task: text(payload, 'task') ?? '',
    at: payload.at,
    fingerprint: text(payload, 'fingerprint') ?? '',
    spec: text(payload, 'spec') ?? '',
    ...(typeof attempt === 'number' && { attempt }),
    ...(version !== undefined && { version }),
    ...(worker !== undefined && { worker }),
  };
};

/** The same attempt may come by several ways; the nearest counts. */
const unique = (cases: readonly Precedent[]): readonly Precedent[] => {
  const byAttempt = new Map<string, Precedent>();
  for (const one of cases) {
    const key = `${one.task} ${one.attempt}`;
    const known = byAttempt.get(key);
    if (known === undefined || known.similarity < one.similarity) byAttempt.set(key, one);
  }
  return [...byAttempt.values()];
};

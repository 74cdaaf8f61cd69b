import { isBuiltinType } from '@precedent/contract-types';
import type {
  Clearances,
  DiffReply,
  PredictReply,
  RecommendReply,
  SeenReply,
} from '@precedent/contract-types';
import { AppError, isAppError, defined } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { LABEL_FIELD } from '@precedent/ports';
import type { PointPayload } from '@precedent/ports';
import type { ResolutionFacts } from '../documents/annotation-documents.ts';
import { whatChanged } from '../precedents/changes.ts';
import { duplicatesOf } from '../precedents/duplicates.ts';
import type { Precedent } from '../precedents/precedent.ts';
import { DURATIONS_MIN, runCountsOf, failureOdds, predictDuration } from '../precedents/predictions.ts';
import { recommend } from '../precedents/recommendations.ts';
import type { Failure, SeenAnswer } from '../precedents/seen-before.ts';
import { seenBefore, withCount } from '../precedents/seen-before.ts';
import type { Run } from '../precedents/run.ts';
import { runIn } from '../precedents/step.ts';
import { similarFailures } from '../precedents/similar-failures.ts';
import { interruptionsOf, suggestMemory, suggestRetry, suggestTimeout } from '../precedents/suggestions.ts';
import { warningsOf } from '../precedents/warnings.ts';
import type { SearchContext } from '../search/search-context.ts';
import { Archive } from './archive.ts';
import { clearedIndex, clearedTask } from './cleared-view.ts';
import type { UnindexedTask } from './archive.ts';
import type { Subject } from './subject.ts';
import { subjectFromSpec } from './subject.ts';
import type { FailuresAnswer, FailuresQuery } from './known-failures.ts';
import { knownFailures } from './known-failures.ts';
import { coOccurrencesOf, outcomesBefore } from './co-occurrences.ts';

/** The caller's namespace, and the time of the query. */
export interface QueryContext {
  readonly namespace: string;
  readonly now: EpochMs;
}

/** The failure that a resolution is about. */
export type ResolvedFailure = Pick<
  ResolutionFacts,
  'project' | 'fingerprint' | 'type' | 'subject' | 'security'
>;

/** Answers about a task from past ones, each with its evidence; absent without enough of it. Rejects VECTORS_UNAVAILABLE. */
export class SemanticHistory {
  readonly #archive: Archive;
  readonly #context: () => SearchContext;
  readonly #unindexed: UnindexedTask;

  constructor(context: () => SearchContext, unindexed: UnindexedTask = async () => undefined) {
    this.#context = context;
    this.#unindexed = unindexed;
    this.#archive = new Archive(context, unindexed);
  }

  /** The same for somebody with these clearances: as if there were nothing else. */
  within(cleared: Clearances): SemanticHistory {
    const context = (): SearchContext => {
      const whole = this.#context();
      return { ...whole, index: clearedIndex(whole.index, cleared) };
    };
    return new SemanticHistory(context, clearedTask(this.#unindexed, cleared));
  }

  /** Whether the last failure of a task was seen before, and what fixed it. Rejects TASK_NOT_FOUND, or INVALID_REQUEST when it has not failed. */
  async seen(
    task: string,
    { namespace, now }: QueryContext,
  ): Promise<SeenAnswer & Pick<SeenReply, 'fingerprint' | 'similar' | 'memory'>> {
    const { failure, spec } = await this.#failed(namespace, task);
    const fingerprint = text(failure, 'fingerprint');
    const [sameSpec, near] = await Promise.all([
      this.#archive.attempts(namespace, { spec: text(spec, 'spec') ?? '' }, now),
      this.#archive.nearFailures(namespace, { text: failure.text, fingerprint }),
    ]);
    const others = near.filter(({ payload }) => payload['task'] !== task);
    const taskSubject = subjectFromSpec(spec);
    const memory = suggestMemory(sameSpec, { ...taskSubject, ...taskSubject.limits });
    return {
      ...(await this.#seenBefore(failureOf(failure), sameSpec, { namespace, now })),
      ...(fingerprint !== undefined && { fingerprint }),
      similar: similarFailures(failure, others),
      ...(memory?.reason === 'too_low' && { memory }),
    };
  }

  async #seenBefore(
    failure: Failure,
    sameSpec: readonly Precedent[],
    { namespace, now }: QueryContext,
  ): Promise<SeenAnswer> {
    const { fingerprint } = failure;
    if (fingerprint === undefined) return seenBefore(failure, sameSpec);
    const [same, resolutions, count] = await Promise.all([
      this.#archive.attempts(namespace, { fingerprint }, now),
      this.#archive.resolutions(namespace, fingerprint),
      this.#archive.failuresBefore(namespace, { ...failure, fingerprint }),
    ]);
    const retried = await this.#archive.attemptsOf(namespace, same);
    return withCount(seenBefore(failure, unique([...same, ...sameSpec, ...retried]), resolutions), count);
  }

  /** The changes since the last success of a task of this name. Rejects TASK_NOT_FOUND. */
  async diff(task: string, question: QueryContext): Promise<DiffReply> {
    const spec = await this.#archive.specOf(question.namespace, task);
    const run = runIn(spec);
    const worked = run && (await this.#archive.lastSuccess(spec, run.at));
    const success = worked && runIn(worked);
    if (run === undefined || worked === undefined || success === undefined) return { task, changes: [] };
    const [before, after] = await this.#outcomesBefore([worked, spec], question);
    return {
      task,
      lastSuccess: { task: success.task, at: success.at },
      changes: whatChanged({ ...success, ...before }, { ...run, ...after }),
    };
  }

  /** The outcomes of the task's usual dependencies before each of two runs of it. */
  async #outcomesBefore(
    specs: readonly [PointPayload, PointPayload],
    question: QueryContext,
  ): Promise<readonly Pick<Run, 'dependencies'>[]> {
    const { cases, reachMs } = await coOccurrencesOf(this.#archive, subjectFromSpec(specs[1]), question);
    const dependencies = recommend(cases, reachMs).filter(({ relation }) => relation === 'dependencies');
    if (dependencies.length === 0) return [];
    const outcomes = specs.map((spec) => outcomesBefore(this.#archive, spec, { dependencies, reachMs }));
    return (await Promise.all(outcomes)).map((one) => ({ dependencies: one }));
  }

  /** Predicts duration and failure, suggests limits and retries, and finds duplicates of a task, from tasks similar to it. */
  async predict(subject: Subject, { namespace, now }: QueryContext): Promise<PredictReply> {
    const { type, spec } = subject;
    const [same, alike, known] = await Promise.all([
      this.#archive.attempts(namespace, { spec }, now),
      this.#ofType(subject, namespace),
      this.#archive.likelyDuplicates(subject, namespace, now),
    ]);
    const cases = unique([...same, ...alike]);
    const losses = await this.#archive.losses(namespace, same);
    const prospect = { type, spec, now };
    const answers = {
      duration: predictDuration(cases, prospect),
      failure: failureOdds(cases, prospect),
      timeout: suggestTimeout(cases, { ...prospect, ...subject.limits }),
      memory: suggestMemory(cases, { ...prospect, ...subject.limits }),
      retry: suggestRetry(unique(same)),
      interruptions: interruptionsOf(unique(same), losses),
      duplicates: duplicatesOf(subject, known, now),
    };
    const prediction = defined(answers);
    const warnings = warningsOf(prediction, subject.limits.attemptTimeoutMs);
    return {
      ...prediction,
      ...(warnings.length > 0 && { warnings }),
      ...runCountsOf(cases, type),
      needed: DURATIONS_MIN,
    };
  }

  /** Attempts of semantically similar tasks of the type. None of a built-in type: it says nothing about the work of a task. */
  async #ofType({ type, text }: Subject, namespace: string): Promise<readonly Precedent[]> {
    if (isBuiltinType(type)) return [];
    return this.#archive.neighbours(text, { namespace, fields: { kind: 'attempt', type } });
  }

  /** `predict` for a task of the history. Rejects TASK_NOT_FOUND. */
  async predictFor(task: string, question: QueryContext): Promise<PredictReply> {
    return this.predict(subjectFromSpec(await this.#archive.specOf(question.namespace, task)), question);
  }

  /** Recommends dependencies, artifacts and next steps, from tasks similar to the subject. */
  async recommend(subject: Subject, question: QueryContext): Promise<RecommendReply> {
    const { basis, cases, reachMs } = await coOccurrencesOf(this.#archive, subject, question);
    return { basis, cases: cases.length, reachMs, recommendations: recommend(cases, reachMs) };
  }

  /** `recommend` for a task of the history. Rejects TASK_NOT_FOUND. */
  async recommendFor(task: string, question: QueryContext): Promise<RecommendReply> {
    return this.recommend(subjectFromSpec(await this.#archive.specOf(question.namespace, task)), question);
  }

  /** Failures since a time, clustered by cause. Rejects INVALID_REQUEST for a time in the future. */
  async failures(query: FailuresQuery): Promise<FailuresAnswer> {
    return knownFailures(this.#archive, this.#context().embedder, query);
  }

  /** The failure that a resolution of this task is about. Rejects TASK_NOT_FOUND, or INVALID_REQUEST when it has not failed. */
  async failure(namespace: string, task: string): Promise<ResolvedFailure> {
    const { failure } = await this.#failed(namespace, task);
    const [type, subject, fingerprint, security] = ['type', 'name', 'fingerprint', LABEL_FIELD].map((field) =>
      text(failure, field),
    );
    return {
      project: text(failure, 'project') ?? 'default',
      ...defined({ type, subject, fingerprint, security }),
    };
  }

  /** Rejects INVALID_REQUEST unless the task exists and was completed. */
  async requireEvidence(namespace: string, task: string): Promise<void> {
    const outcome = await this.#archive.specOf(namespace, task).then(
      (spec) => text(spec, 'outcome') ?? 'not over',
      (error: unknown) => {
        if (isAppError(error) && error.code === 'TASK_NOT_FOUND') return 'not there, or not indexed yet';
        throw error;
      },
    );
    if (outcome === 'completed') return;
    throw new AppError('INVALID_REQUEST', `task ${task} is no evidence`, {
      issues: [
        { field: 'evidence', message: `expected a completed task of ${namespace}; ${task} is ${outcome}` },
      ],
    });
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

const failureOf = (payload: PointPayload): Failure => {
  const { attempt } = payload;
  const [version, worker, fingerprint] = ['version', 'worker', 'fingerprint'].map((field) =>
    text(payload, field),
  );
  return {
    task: text(payload, 'task') ?? '',
    at: payload.at,
    spec: text(payload, 'spec') ?? '',
    ...(typeof attempt === 'number' && { attempt }),
    ...defined({ version, worker, fingerprint }),
  };
};

/** Distinct attempts; of equal ones the most similar. */
const unique = (cases: readonly Precedent[]): readonly Precedent[] => {
  const byAttempt = new Map<string, Precedent>();
  for (const one of cases) {
    const key = `${one.task} ${one.attempt}`;
    const known = byAttempt.get(key);
    if (known === undefined || known.similarity < one.similarity) byAttempt.set(key, one);
  }
  return [...byAttempt.values()];
};

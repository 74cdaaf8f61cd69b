import { signatureProblem } from '@precedent/access';
import type { JobBody, TaskSignature } from '@precedent/contract-types';
import { canonicalText, hash53 } from '@precedent/kernel';
import type { Band, EpochMs, Problem } from '@precedent/kernel';
import { isSignedBy, sha256 } from '@precedent/ports';
import type { Offer } from '@precedent/ports';
import type { StepLink } from '@precedent/orchestration';
import { overrideIssues, refuseWhenFull } from '@precedent/scheduling';
import {
  admissionOf,
  isRunOfWorkflow,
  classText,
  jobBodyOf,
  keyDigestOf,
  specDigestOf,
} from '@precedent/tasks';
import type { KeyEntry, Submission, TaskClass } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import { acceptInOrder } from '../dependencies/accept-in-order.ts';
import type { Dependencies } from '../dependencies/dependencies.ts';
import { dependsOnTasks } from '../dependencies/dependency-lookup.ts';
import { projectBandProblem } from './project-band.ts';
import { runRefusal } from '../runs/run-refusal.ts';
import { dependencyRefusal } from '../dependencies/dependency-refusal.ts';
import type { Outbox } from '../journal/outbox.ts';
import type { FeedPublisher } from '../tasks/feed-publisher.ts';
import { overrideOf } from '../preemption/scheduling-snapshot.ts';
import { refusalOf } from '../journal/refusal-of.ts';
import { validationRefusal } from '../validation/validation.ts';
import { rejectedClass } from './rejected-class.ts';

/** The answer to one offer. */
export type SubmissionOutcome =
  | { readonly id: string; readonly duplicate?: true }
  | { readonly error: Problem };
type InvalidOffer = Extract<Offer, { problem: Problem }>;

interface OfferedTask {
  readonly step?: StepLink | undefined;
  readonly id: string;
  readonly class: TaskClass;
  readonly body: string;
  readonly digest: string;
  readonly signature: string | undefined;
  readonly key: string | undefined;
  readonly expiresAt: EpochMs | undefined;
  /** How many tasks it waits for. */
  readonly edges: number | undefined;
}

export type SubmissionsParts = Pick<
  BaseParts,
  | 'clock'
  | 'telemetry'
  | 'ids'
  | 'options'
  | 'state'
  | 'outbox'
  | 'signers'
  | 'conditions'
  | 'readRunPayload'
  | 'limits'
> & {
  readonly core: CellCore;
  readonly events: FeedPublisher;
  readonly dependencies: Dependencies;
  /** Tasks settled per second: QUEUE_FULL computes from it when to try again. */
  readonly throughput: () => number;
};

/** Takes the offers of both ingresses: a validated task becomes a record and a row, or is refused with a reason. */
export class Submissions {
  readonly #parts: SubmissionsParts;

  constructor(parts: SubmissionsParts) {
    this.#parts = parts;
  }

  /** Why nothing can be accepted now: more waits for the journal than memory is reserved for. */
  get stalled(): Problem | undefined {
    const { outbox, options } = this.#parts;
    return stalledBy(outbox, options.journal.backlogMax);
  }

  /** The outcomes in the order of the offers. They may be reported only after the commit. */
  accept(offers: readonly Offer[]): readonly SubmissionOutcome[] {
    const now = this.#parts.clock.now();
    const accept = (offer: Offer): SubmissionOutcome => this.#accept(offer, now);
    return offers.some(dependsOnTasks) ? acceptInOrder(offers, accept) : offers.map(accept);
  }

  /** Accepts the task of a step of a run, whose definition was checked. */
  acceptStep(task: Submission, step: StepLink): SubmissionOutcome {
    return this.#accept({ task, band: task.band ?? 'normal' }, this.#parts.clock.now(), step);
  }

  /** How many more tasks the stream ingress of a band may fetch. */
  room(band: Band): number {
    if (this.stalled) return 0;
    const use = this.#parts.state.table.countsOf(band);
    const limits = this.#parts.options.limits[band];
    const room = limits.maxWaiting - use.waiting - use.queued;
    return use.queuedBytes >= limits.maxWaitingBytes ? 0 : Math.max(0, room);
  }

  #accept(offer: Offer, now: EpochMs, step?: StepLink): SubmissionOutcome {
    if ('problem' in offer) return this.#reject(offer, now);
    const { task } = offer;
    const { state, ids } = this.#parts;
    const taskClass = state.classes.of(task, offer.band);
    const fields = jobBodyOf(task);
    const body = JSON.stringify(fields);
    const candidate: OfferedTask = {
      id: task.id ?? offer.id ?? ids(now),
      class: taskClass,
      body,
      digest: specDigestOf(taskClass, [fields, body], sha256),
      signature: task.signature?.value,
      key: task.idempotencyKey,
      expiresAt: task.expiresAt,
      edges: task.dependsOn?.length,
      step,
    };
    return (
      this.#duplicateOf(candidate, now) ??
      this.#refusalOf(task, candidate, now) ??
      this.#arrive(candidate, now)
    );
  }

  /** The outcome for a task whose id or idempotency key is known: `duplicate` for the same task, an error for another one. */
  #duplicateOf(candidate: OfferedTask, now: EpochMs): SubmissionOutcome | undefined {
    const { table, keys } = this.#parts.state;
    const row = table.get(candidate.id);
    if (row !== undefined) {
      const same = isSame(row, candidate);
      return same ? { id: row.id, duplicate: true } : { error: exists(candidate.id) };
    }
    if (table.wasSettled(candidate.id)) return { id: candidate.id, duplicate: true };
    if (candidate.key === undefined) return undefined;
    const entry = keys.get(candidate.class.namespace, candidate.key, now);
    // The key outlived its task, which was deleted after the table had forgotten it.
    if (entry === undefined || this.#isDeleted(entry.id, candidate)) return undefined;
    return isOf(entry, candidate)
      ? { id: entry.id, duplicate: true }
      : { error: conflict(candidate.key, entry.id) };
  }

  #isDeleted(id: string, { class: { namespace } }: OfferedTask): boolean {
    return this.#parts.state.deleted.namespaceOf(id) === namespace;
  }

  #refusalOf(task: Submission, candidate: OfferedTask, now: EpochMs): SubmissionOutcome | undefined {
    if (task.expiresAt !== undefined && task.expiresAt <= now) {
      const message = `expiresAt ${new Date(task.expiresAt).toISOString()} is in the past`;
      return { error: { code: 'EXPIRED', message } };
    }
    const unsigned = task.signature && this.#signatureProblem(task, task.signature, candidate.digest);
    if (unsigned) return { error: unsigned };
    const { class: kind } = candidate;
    const beyond =
      this.#beyondBounds(kind) ?? projectBandProblem(kind, kind.band, this.#parts.state.definitions);
    if (beyond) return { error: beyond };
    const wrong = validationRefusal(candidate.class, this.#parts.conditions);
    if (wrong) return { error: wrong };
    const unmet = this.#dependencyRefusal(task, candidate);
    if (unmet) return { error: unmet };
    const run = isRunOfWorkflow(candidate.class)
      ? runRefusal(task.payload, candidate.class.namespace, this.#parts)
      : undefined;
    if (run) return { error: run };
    const { band } = candidate.class;
    const { waiting, queued, queuedBytes } = this.#parts.state.table.countsOf(band);
    const use = { queued: waiting + queued, queuedBytes };
    const full = refuseWhenFull(band, use, this.#parts.options.limits[band], this.#parts.throughput());
    if (full === undefined) return undefined;
    this.#parts.telemetry.emit({ name: 'ingress.refused', band, code: full.code, count: 1 });
    return { error: full };
  }

  #dependencyRefusal({ dependsOn, join }: Submission, { id, class: own }: OfferedTask): Problem | undefined {
    if (dependsOn === undefined && join === undefined) return undefined;
    return dependencyRefusal({ id, class: own, dependsOn, join }, this.#parts);
  }

  #signatureProblem({ id, by }: Submission, signature: TaskSignature, digest: string): Problem | undefined {
    const signerOf = (key: string) => this.#parts.signers?.signerOf(key);
    return signatureProblem({ id, principal: by?.name, digest, signature }, signerOf, isSignedBy);
  }

  /** The problem of a task whose preemption options exceed the bounds of the policy. */
  #beyondBounds({ preemption: options }: TaskClass): Problem | undefined {
    const policy = this.#parts.options.preemption;
    if (options === undefined || policy === undefined) return undefined;
    const issues = overrideIssues(overrideOf(options), policy.bounds).map(({ field, message }) => ({
      field: `preemption.${field.replace(/Ms$/, '')}`,
      message,
    }));
    if (issues.length === 0) return undefined;
    const message = 'the preemption options of the task exceed the bounds of this cell';
    return { code: 'INVALID_TASK', message, issues };
  }

  /** Admits the task, if the limits that it is under do not refuse it, and carries out what they mean for it and for those before it. */
  #arrive(candidate: OfferedTask, now: EpochMs): SubmissionOutcome {
    const { limits, core, state, telemetry } = this.#parts;
    const arrival = limits.arrivalOf(candidate);
    if (arrival?.problem) {
      const { band } = candidate.class;
      telemetry.emit({ name: 'ingress.refused', band, code: arrival.problem.code, count: 1 });
      return { error: arrival.problem };
    }
    const outcome = this.#admit(candidate, now);
    if (arrival === undefined || 'error' in outcome) return outcome;
    for (const { row, reason } of arrival.superseded)
      core.drive(row, { type: 'CANCEL_REQUESTED', at: now, reason });
    const admitted = state.table.get(candidate.id);
    if (admitted && arrival.cancelled !== undefined)
      core.drive(admitted, { type: 'CANCEL_REQUESTED', at: now, reason: arrival.cancelled });
    return outcome;
  }

  #admit(candidate: OfferedTask, now: EpochMs): SubmissionOutcome {
    const { state, outbox, core, events } = this.#parts;
    const record = { kind: 'submitted' as const, at: now, ...candidate };
    const tooLarge = refusalOf(() => outbox.record(record));
    if (tooLarge) return { error: tooLarge };
    state.deleted.forget(candidate.id);
    const row = state.table.insertSubmitted(record);
    if (candidate.key !== undefined) {
      state.keys.set(candidate.class.namespace, candidate.key, {
        id: candidate.id,
        hash: keyHashOf(candidate),
        at: now,
      });
    }
    core.adopt(row);
    events.publish(row, admissionOf(row));
    this.#parts.telemetry.emit({ name: 'task.submitted', task: row });
    return { id: candidate.id };
  }

  /** An invalid message cannot become a task. The message and its problem are recorded. */
  #reject({ id, problem, band, excerpt, namespace }: InvalidOffer, at: EpochMs): SubmissionOutcome {
    const { state, outbox, options, events } = this.#parts;
    const known = state.table.get(id);
    const isRemembered = state.table.wasSettled(id);
    const isDeleted = isRemembered && state.deleted.namespaceOf(id) !== undefined;
    if (known?.state === 'rejected' || isDeleted) return { error: problem };
    // With this error the stream ingress offers it again under another id; the refusal is recorded under that.
    if (known || isRemembered) return { error: exists(id) };
    const of = namespace !== undefined && { namespace };
    outbox.record({ kind: 'rejected', id, at, band, error: problem, excerpt, ...of });
    state.deleted.forget(id);
    const taskClass = state.classes.intern(rejectedClass({ band, namespace }, options.defaults));
    const row = state.table.insertRejected({ id, class: taskClass, body: '{}', at }, (rejected) => {
      rejected.progress = { ...rejected.progress, run: { settledAt: at, error: problem } };
    });
    events.publish(row, 'rejected');
    return { error: problem };
  }
}

/** Why nothing can be recorded now: more characters wait for the journal than may. */
export const stalledBy = ({ backlog }: Outbox, backlogMax: number): Problem | undefined => {
  if (backlog < backlogMax) return undefined;
  const message = `${backlog} of ${backlogMax} characters wait for the journal`;
  return { code: 'JOURNAL_UNAVAILABLE', message, retryAfterMs: 1_000 };
};

interface TaskContent {
  readonly class: TaskClass;
  readonly body: string;
  readonly digest?: string | undefined;
}

/** Whether the key was taken by the same task. */
const isOf = ({ hash }: KeyEntry, candidate: OfferedTask): boolean =>
  hash === keyHashOf(candidate) ||
  (typeof hash === 'number' && (hash === olderHash(candidate) || hash === orderedHash(candidate)));

/**
 * The same for two submissions of the same task: covers the class, and the body without its trace. A number in place of a digest is of an
 * older version: snapshots and journals may hold it for as long as idempotency keys are remembered.
 */
export const keyHashOf = (task: TaskContent): string | number =>
  task.digest === undefined ? olderHash(task) : keyDigestOf(task.class, task.digest, sha256);

const olderHash = ({ class: taskClass, body }: TaskContent): number =>
  hash53(canonicalText(taskClass) + canonicalText(specOf(body)));

/** The hash of the oldest versions, for which the order of keys mattered. */
const orderedHash = ({ class: taskClass, body }: TaskContent): number => {
  const { name, payload, command, args, cwd, env } = specOf(body);
  return hash53(JSON.stringify(taskClass) + JSON.stringify({ name, payload, command, args, cwd, env }));
};

const specOf = (body: string): JobBody => {
  const { traceparent: _, ...spec } = JSON.parse(body) as JobBody;
  return spec;
};

const isSame = (row: TaskContent, candidate: OfferedTask): boolean =>
  sameClass(row.class, candidate.class) && digestOf(row) === candidate.digest;

const sameClass = (a: TaskClass, b: TaskClass): boolean => a === b || classText(a) === classText(b);

/** A row of an older version has none. */
const digestOf = ({ digest, class: taskClass, body }: TaskContent): string =>
  digest ?? specDigestOf(taskClass, [JSON.parse(body) as JobBody, body], sha256);

const exists = (id: string): Problem => ({ code: 'TASK_EXISTS', message: `another task has the id ${id}` });

const conflict = (key: string, id: string): Problem => ({
  code: 'IDEMPOTENCY_CONFLICT',
  message: `idempotency key ${key} belongs to task ${id}, which has another body`,
  details: { id },
});

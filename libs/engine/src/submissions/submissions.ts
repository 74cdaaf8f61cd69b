import { canonicalText, hash53 } from '@precedent/kernel';
import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { Offer } from '@precedent/ports';
import { overrideIssues, refuseWhenFull } from '@precedent/scheduling';
import { bodyOf } from '@precedent/tasks';
import type { Submission, TaskClass } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Outbox } from '../journal/outbox.ts';
import type { TaskEvents } from '../tasks/task-events.ts';
import { overrideOf } from '../preemption/scheduling-snapshot.ts';
import { refusalOf } from '../journal/refusal-of.ts';
import { rejectedClass } from './rejected-class.ts';

/** What becomes of one offer. */
export type SubmissionVerdict =
  | { readonly id: string; readonly duplicate?: true }
  | { readonly error: Problem };
type Bad = Extract<Offer, { problem: Problem }>;

interface Candidate {
  readonly id: string;
  readonly class: TaskClass;
  readonly body: string;
  readonly key: string | undefined;
  readonly expiresAt: EpochMs | undefined;
}

export type SubmissionsParts = Pick<
  BaseParts,
  'clock' | 'telemetry' | 'ids' | 'options' | 'state' | 'outbox'
> & {
  readonly core: CellCore;
  readonly events: TaskEvents;
  /** Tasks settled per second: QUEUE_FULL computes from it when to try again. */
  readonly throughput: () => number;
};

/** Both ingresses lead here: a checked task becomes a record and a row, or is refused with a reason. */
export class Submissions {
  readonly #parts: SubmissionsParts;

  constructor(parts: SubmissionsParts) {
    this.#parts = parts;
  }

  /** The journal is behind by more than may wait in memory. */
  get stalled(): Problem | undefined {
    const { outbox, options } = this.#parts;
    return stalledBy(outbox, options.journal.backlogMax);
  }

  /** What is accepted may be reported after the commit only. */
  accept(offers: readonly Offer[]): readonly SubmissionVerdict[] {
    const now = this.#parts.clock.now();
    return offers.map((offer) => this.#take(offer, now));
  }

  /** Tasks that the stream ingress of a band may still bring in. */
  room(band: Band): number {
    if (this.stalled) return 0;
    const use = this.#parts.state.table.use(band);
    const limits = this.#parts.options.limits[band];
    return use.queuedBytes >= limits.maxWaitingBytes ? 0 : Math.max(0, limits.maxWaiting - use.queued);
  }

  #take(offer: Offer, now: EpochMs): SubmissionVerdict {
    if ('problem' in offer) return this.#reject(offer, now);
    const { task } = offer;
    const { state, ids } = this.#parts;
    const candidate: Candidate = {
      id: task.id ?? offer.id ?? ids(now),
      class: state.classes.of(task, offer.band),
      body: bodyOf(task),
      key: task.idempotencyKey,
      expiresAt: task.expiresAt,
    };
    return this.#known(candidate, now) ?? this.#refused(task, candidate, now) ?? this.#admit(candidate, now);
  }

  /** The same task was here before: the answer is the same again, unless it is another task under the same name. */
  #known(candidate: Candidate, now: EpochMs): SubmissionVerdict | undefined {
    const { table, keys } = this.#parts.state;
    const row = table.get(candidate.id);
    if (row !== undefined) {
      const same = isSame(row, candidate);
      return same ? { id: row.id, duplicate: true } : { error: exists(candidate.id) };
    }
    if (table.wasSettled(candidate.id)) return { id: candidate.id, duplicate: true };
    if (candidate.key === undefined) return undefined;
    const entry = keys.get(candidate.class.namespace, candidate.key, now);
    // The key of a task that was deleted when it had long been forgotten.
    if (entry === undefined || this.#isDeleted(entry.id, candidate)) return undefined;
    return entry.hash === hashOfRecord(candidate) || entry.hash === orderedHash(candidate)
      ? { id: entry.id, duplicate: true }
      : { error: conflict(candidate.key, entry.id) };
  }

  #isDeleted(id: string, { class: { namespace } }: Candidate): boolean {
    return this.#parts.state.deleted.namespaceOf(id) === namespace;
  }

  #refused(task: Submission, candidate: Candidate, now: EpochMs): SubmissionVerdict | undefined {
    if (task.expiresAt !== undefined && task.expiresAt <= now) {
      const message = `expiresAt ${new Date(task.expiresAt).toISOString()} is in the past`;
      return { error: { code: 'EXPIRED', message } };
    }
    const beyond = this.#beyondBounds(candidate.class);
    if (beyond) return { error: beyond };
    const { band } = candidate.class;
    const use = this.#parts.state.table.use(band);
    const full = refuseWhenFull(band, use, this.#parts.options.limits[band], this.#parts.throughput());
    if (full === undefined) return undefined;
    this.#parts.telemetry.emit({ name: 'ingress.refused', band, code: full.code, count: 1 });
    return { error: full };
  }

  /** The preemption terms of the task exceed what the administrator allows. */
  #beyondBounds({ preemption: terms }: TaskClass): Problem | undefined {
    const policy = this.#parts.options.preemption;
    if (terms === undefined || policy === undefined) return undefined;
    const issues = overrideIssues(overrideOf(terms), policy.bounds).map(({ field, message }) => ({
      field: `preemption.${field.replace(/Ms$/, '')}`,
      message,
    }));
    if (issues.length === 0) return undefined;
    const message = 'the task asks for more than this cell allows in matters of preemption';
    return { code: 'INVALID_TASK', message, issues };
  }

  #admit(candidate: Candidate, now: EpochMs): SubmissionVerdict {
    const { state, outbox, core, events } = this.#parts;
    const record = { kind: 'submitted' as const, at: now, ...candidate };
    const tooLarge = refusalOf(() => outbox.record(record));
    if (tooLarge) return { error: tooLarge };
    state.deleted.forget(candidate.id);
    const row = state.table.submitted(record);
    if (candidate.key !== undefined) {
      state.keys.set(candidate.class.namespace, candidate.key, {
        id: candidate.id,
        hash: hashOfRecord(candidate),
        at: now,
      });
    }
    core.adopt(row);
    events.emit(row, 'queued');
    this.#parts.telemetry.emit({ name: 'task.submitted', task: row });
    return { id: candidate.id };
  }

  /** What came cannot become a task; that it came, and why it did not, is kept. */
  #reject({ id, problem, band, excerpt }: Bad, at: EpochMs): SubmissionVerdict {
    const { state, outbox, options, events } = this.#parts;
    const known = state.table.get(id);
    const isRemembered = state.table.wasSettled(id);
    const isDeleted = isRemembered && state.deleted.namespaceOf(id) !== undefined;
    if (known?.state === 'rejected' || isDeleted) return { error: problem };
    // The stream ingress must offer it under another id, or the refusal would not be recorded.
    if (known || isRemembered) return { error: exists(id) };
    outbox.record({ kind: 'rejected', id, at, band, error: problem, excerpt });
    state.deleted.forget(id);
    const taskClass = state.classes.intern(rejectedClass(band, options.defaults));
    const row = state.table.rejected({ id, class: taskClass, body: '{}', at }, (rejected) => {
      rejected.run = { settledAt: at, error: problem };
    });
    events.emit(row, 'rejected');
    return { error: problem };
  }
}

/** The journal is behind by more than may wait in memory. */
export const stalledBy = ({ backlog }: Outbox, backlogMax: number): Problem | undefined => {
  if (backlog < backlogMax) return undefined;
  const message = `${backlog} of ${backlogMax} characters wait for the journal`;
  return { code: 'JOURNAL_UNAVAILABLE', message, retryAfterMs: 1_000 };
};

interface Named {
  readonly class: TaskClass;
  readonly body: string;
}

/** Covers what makes two tasks the same: the class, and the body without its trace. The order of keys is no part of it. */
export const hashOfRecord = ({ class: taskClass, body }: Named): number =>
  hash53(canonicalText(taskClass) + canonicalBody(body));

/** The hash of older versions, which snapshots may still hold for as long as keys are remembered: the order of keys was a part of it. */
const orderedHash = ({ class: taskClass, body }: Named): number =>
  hash53(JSON.stringify(taskClass) + withoutTrace(body));

const canonicalBody = (body: string): string => canonicalText(JSON.parse(withoutTrace(body)));

/** The texts are compared first: as a rule the same task comes from the same program. */
const isSame = (a: Named, b: Named): boolean =>
  (sameClass(a.class, b.class) && withoutTrace(a.body) === withoutTrace(b.body)) ||
  hashOfRecord(a) === hashOfRecord(b);

/** The trace comes last in a body; one further in front is part of a payload. */
const withoutTrace = (body: string): string => body.replace(/,?"traceparent":"[^"]*"}$/, '}');

const sameClass = (a: TaskClass, b: TaskClass): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

const exists = (id: string): Problem => ({ code: 'TASK_EXISTS', message: `another task has the id ${id}` });

const conflict = (key: string, id: string): Problem => ({
  code: 'IDEMPOTENCY_CONFLICT',
  message: `idempotency key ${key} belongs to task ${id}, which has another body`,
  details: { id },
});

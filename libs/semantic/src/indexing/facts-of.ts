import type { AttemptOutcome, JobBody } from '@precedent/contract-types';
import { ownValue } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { ranUntil, unsavedMs } from '@precedent/tasks';
import type { Attempt, ChangeRecord, JournalRecord } from '@precedent/tasks';
import { shapeOf } from '../documents/shape.ts';
import { taskTitle } from '../documents/phrases.ts';
import type { AttemptFacts, ErrorFacts, TaskFacts } from '../facts.ts';
import { artifactsIn } from './artifacts.ts';
import { inputFacts } from './input-facts.ts';
import { outputOf } from './output-of.ts';

type Of<K extends JournalRecord['kind']> = Extract<JournalRecord, { kind: K }>;

/** The latest attempts, preemptions and decisions of a task that its facts hold. */
const LATEST_MAX = 20;

/** The facts of a new task, without the values of its payload and environment. */
export const submitted = ({ id, at, class: taskClass, body }: Of<'submitted'>): TaskFacts => {
  const { namespace, project, type, band, pool, labels, security, timeouts, retry, resources } = taskClass;
  const { version } = labels;
  const limits = {
    // 0 is no limit.
    ...(timeouts.attempt > 0 && { attemptTimeoutMs: timeouts.attempt }),
    ...(timeouts.total > 0 && { totalTimeoutMs: timeouts.total }),
    maxRetries: retry.max,
    retryDelayMs: retry.delay,
    ...(resources.memoryMb !== undefined && { memoryMb: resources.memoryMb }),
    ...(resources.cpu !== undefined && { cpu: resources.cpu }),
  };
  return {
    id,
    namespace,
    project,
    type,
    band,
    pool,
    labels,
    ...(security !== undefined && { security }),
    limits,
    attempts: [],
    submittedAt: at,
    ...inputFacts(JSON.parse(body) as JobBody, id),
    ...(version !== undefined && { version }),
  };
};

/** The fold of the attempt before a record and after it. */
export interface AttemptStep {
  readonly before: Attempt;
  readonly after: Attempt;
}

/** The facts after a record. The same object when the record adds nothing to them. */
export const factsAfter = (
  earlier: TaskFacts,
  step: AttemptStep,
  record: Exclude<ChangeRecord, { kind: 'preempting' }>,
): TaskFacts => {
  const { before, after } = step;
  const facts = record.ranMs === undefined ? earlier : begun(earlier, before);
  switch (record.kind) {
    case 'leased':
      return leased(facts, step, record);
    case 'kept':
      return after.checkpoints === before.checkpoints
        ? facts
        : withLast(facts, (last) => ({ ...last, checkpoints: after.checkpoints }));
    case 'requeued':
      // A returned lease never ran. Its attempt did, if the lease was to resume it.
      if (record.why === 'returned' && !after.resuming)
        return { ...facts, attempts: facts.attempts.slice(0, -1) };
      return ended(facts, before, { at: record.at, outcome: record.why === 'lost' ? 'lost' : 'preempted' });
    case 'retrying':
      return ended(facts, before, { at: record.at, outcome: 'failed', error: record.error });
    case 'suspended':
      return preempted(facts, before, { at: record.at, end: 'suspended' });
    case 'preempted': {
      const victim = preempted(facts, before, record);
      return ended(victim, before, { at: record.at, outcome: 'preempted' });
    }
    case 'spared':
    case 'resumed': {
      const { makesRoomFor, ...rest } = facts;
      return makesRoomFor ? rest : facts;
    }
    case 'settled':
      return settled(facts, before, record);
    case 'rebanded':
      return { ...facts, band: record.band };
    case 'edge':
    case 'ready':
    case 'stopping':
    case 'due':
      return facts;
  }
};

/** The attempt was assigned ahead, and began later than its lease; one that was resumed began with its first lease. */
const begun = (facts: TaskFacts, { resuming, leasedAt }: Attempt): TaskFacts =>
  resuming || leasedAt === undefined ? facts : withLast(facts, (last) => ({ ...last, startedAt: leasedAt }));

/** Begins an attempt, or resumes the interrupted one. */
const leased = (
  facts: TaskFacts,
  { before, after }: AttemptStep,
  { at, worker }: Of<'leased'>,
): TaskFacts => {
  const repeats = after.retries + after.losses;
  const started: AttemptFacts = {
    n: after.attempt,
    worker,
    startedAt: at,
    ...(after.attempt > 1 && { repeats }),
  };
  if (before.resuming && facts.attempts.length > 0)
    return withLast(facts, ({ n, startedAt, checkpoints }) => ({
      ...started,
      n,
      startedAt,
      ...(checkpoints !== undefined && { checkpoints }),
    }));
  return { ...facts, attempts: [...facts.attempts, started].slice(-LATEST_MAX) };
};

const withLast = (facts: TaskFacts, change: (last: AttemptFacts) => AttemptFacts): TaskFacts => {
  const last = facts.attempts.at(-1);
  return last === undefined ? facts : { ...facts, attempts: [...facts.attempts.slice(0, -1), change(last)] };
};

/** A task that was suspended and then ended by the same decision was preempted once: the end replaces the suspension. */
const preempted = (
  { makesRoomFor, ...facts }: TaskFacts,
  before: Attempt,
  { at, end }: Pick<Of<'preempted'>, 'at' | 'end'>,
): TaskFacts => {
  const known = facts.preemptions ?? [];
  const [others, suspension] = before.preempt?.frozen
    ? [known.slice(0, -1), known.at(-1)]
    : [known, undefined];
  const reason = `It ${ownValue(END_TEXTS, end) ?? 'gave up its place'}.`;
  const lostMs = LOSSLESS.has(end) ? 0 : unsavedMs(before, at);
  const preemption = { ...suspension, at, reason, ...makesRoomFor, lostMs };
  return { ...facts, preemptions: [...others, preemption].slice(-LATEST_MAX) };
};

/** Records the preemptor of a victim, if it is still known, and everyone who sees the victim may see it. */
export const preempting = (facts: TaskFacts, preemptor: TaskFacts | undefined): TaskFacts =>
  preemptor === undefined || (preemptor.security ?? facts.security) !== facts.security
    ? facts
    : { ...facts, makesRoomFor: { by: preemptor.id, byName: taskTitle(preemptor) } };

/** Ends after which the victim resumes without loss. */
const LOSSLESS: ReadonlySet<string> = new Set(['yielded', 'suspended']);

const END_TEXTS: Readonly<Record<string, string>> = {
  yielded: 'yielded at a checkpoint',
  suspended: 'was frozen where it was',
  aborted: 'ended when it was asked to',
  killed: 'was ended by force',
  lost_worker: 'lost its worker meanwhile',
};

const settled = (facts: TaskFacts, before: Attempt, record: Of<'settled'>): TaskFacts => {
  const { at, state, error, result } = record;
  const verdict = { ...facts, settledAt: at, outcome: state };
  if (state === 'skipped') return verdict;
  const artifacts = artifactsIn(result);
  const shaped =
    result === undefined || result === null
      ? verdict
      : { ...verdict, resultShape: shapeOf(result), ...(artifacts && { artifacts }) };
  return ended(shaped, before, { at, outcome: state, ...(error && { error }), ...measurementsOf(result) });
};

interface AttemptEnd {
  readonly at: EpochMs;
  readonly outcome: AttemptOutcome;
  readonly error?: Problem;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly peakMemoryMb?: number;
}

/** Ends the running attempt; `before` is its fold before the record. */
const ended = (
  facts: TaskFacts,
  before: Attempt,
  { at, outcome, error, ...measurements }: AttemptEnd,
): TaskFacts => {
  if (facts.attempts.at(-1)?.outcome !== undefined) return facts;
  return withLast(facts, (last) => ({
    ...last,
    endedAt: at,
    ranMs: ranUntil(before, at),
    outcome,
    ...measurements,
    ...(error && {
      error: errorFacts(error),
      ...outputOf(error.details),
      ...measurementsOf(error.details),
    }),
  }));
};

const errorFacts = ({ code, message, details }: Problem): ErrorFacts => {
  const stack = details?.['stack'];
  return { code, message, ...(typeof stack === 'string' && { stack }) };
};

/** The measurements of a run that a command's result, or the details of its error, hold. */
const measurementsOf = (from: unknown): Pick<AttemptFacts, 'exitCode' | 'signal' | 'peakMemoryMb'> => {
  if (typeof from !== 'object' || from === null) return {};
  const { exitCode, signal, peakMemoryMb } = from as Readonly<Record<string, unknown>>;
  return {
    ...(typeof exitCode === 'number' && { exitCode }),
    ...(typeof signal === 'string' && SIGNAL.test(signal) && { signal }),
    ...(typeof peakMemoryMb === 'number' && peakMemoryMb > 0 && { peakMemoryMb }),
  };
};

/** A user's handler may write any text there. */
const SIGNAL = /^SIG[A-Z0-9]{1,12}$/;

/** Adds a decision with an effect or a refusal. Decisions to wait get no document: `why` answers them. */
export const decided = (facts: TaskFacts, { at, record }: Of<'decided'>): TaskFacts => {
  const { outcome, reason } = (record ?? {}) as { outcome?: unknown; reason?: unknown };
  if (typeof outcome !== 'string' || outcome === 'wait_natural') return facts;
  const explanation = typeof reason === 'string' ? reason.replaceAll('_', ' ') : outcome;
  return {
    ...facts,
    decisions: [...(facts.decisions ?? []), { at, outcome, explanation }].slice(-LATEST_MAX),
  };
};

import { ownValue } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { JournalRecord, TaskBody } from '@precedent/tasks';
import { shapeOf } from '../documents/shape.ts';
import { titleOf } from '../documents/phrases.ts';
import type { AttemptFacts, AttemptOutcome, ErrorFacts, TaskFacts } from '../facts.ts';
import { artifactsIn } from './artifacts.ts';
import { inputFacts } from './input-facts.ts';

type Of<K extends JournalRecord['kind']> = Extract<JournalRecord, { kind: K }>;

/** Attempts and decisions of one task that are remembered: the latest. */
const KEPT_MAX = 20;

/** What is known of a task when it comes in. Values of payload and environment stay where they are. */
export const submitted = ({ id, at, class: taskClass, body }: Of<'submitted'>): TaskFacts => {
  const { namespace, project, type, band, pool, labels, timeouts, retry, resources } = taskClass;
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
    limits,
    attempts: [],
    submittedAt: at,
    ...inputFacts(JSON.parse(body) as TaskBody, id),
    ...(version !== undefined && { version }),
  };
};

/** A lease: a new attempt, or the interrupted one again. What it ran before counts as its time, not the pause. */
export const leased = (facts: TaskFacts, { at, worker }: Of<'leased'>): TaskFacts => {
  const last = facts.attempts.at(-1);
  if (last?.outcome !== 'preempted')
    return begun({ ...facts, safeAt: at }, { n: (last?.n ?? 0) + 1, worker, startedAt: at });
  const ran = (last.endedAt ?? at) - last.startedAt;
  const { n, checkpoints } = last;
  const again = {
    n,
    worker,
    startedAt: at - Math.max(0, ran),
    ...(checkpoints !== undefined && { checkpoints }),
  };
  return { ...facts, safeAt: at, attempts: [...facts.attempts.slice(0, -1), again] };
};

/** A checkpoint is durable: what was done before it is safe. Of other steps nothing is told. */
export const kept = (facts: TaskFacts, { at, step }: Of<'kept'>): TaskFacts => {
  const last = facts.attempts.at(-1);
  if (step.kind !== 'checkpoint' || last === undefined) return facts;
  const attempt = { ...last, checkpoints: (last.checkpoints ?? 0) + 1 };
  return { ...facts, safeAt: at, attempts: [...facts.attempts.slice(0, -1), attempt] };
};

const begun = (facts: TaskFacts, attempt: AttemptFacts): TaskFacts => ({
  ...facts,
  attempts: [...facts.attempts, attempt].slice(-KEPT_MAX),
});

/** A lease that was given back never ran; a lost one may have. */
export const requeued = (facts: TaskFacts, { at, why }: Of<'requeued'>): TaskFacts => {
  if (why === 'returned') return { ...facts, attempts: facts.attempts.slice(0, -1) };
  return ended(facts, { at, outcome: why === 'lost' ? 'lost' : 'preempted' });
};

export const preempted = ({ makesRoomFor, ...facts }: TaskFacts, { at, end }: Of<'preempted'>): TaskFacts => {
  const reason = `It ${ownValue(END_WORDS, end) ?? 'gave up its place'}.`;
  const lostMs = LOSSLESS.has(end) ? 0 : Math.max(0, at - (facts.safeAt ?? at));
  const one = { at, reason, ...makesRoomFor, lostMs };
  const preemptions = [...(facts.preemptions ?? []), one].slice(-KEPT_MAX);
  return ended({ ...facts, preemptions }, { at, outcome: 'preempted' });
};

/** A victim is on its way out, for `preemptor`, if that one is still known. */
export const preempting = (facts: TaskFacts, preemptor: TaskFacts | undefined): TaskFacts =>
  preemptor === undefined
    ? facts
    : { ...facts, makesRoomFor: { by: preemptor.id, byName: titleOf(preemptor) } };

/** Ends after which it goes on where it was. */
const LOSSLESS: ReadonlySet<string> = new Set(['yielded', 'suspended']);

const END_WORDS: Readonly<Record<string, string>> = {
  yielded: 'yielded at a checkpoint',
  suspended: 'was frozen where it was',
  aborted: 'ended when it was asked to',
  killed: 'was ended by force',
  lost_worker: 'lost its worker meanwhile',
};

export const settled = (facts: TaskFacts, record: Of<'settled'>): TaskFacts => {
  const { at, state, error, result } = record;
  const verdict = { ...facts, settledAt: at, outcome: state };
  const artifacts = artifactsIn(result);
  const shaped =
    result === undefined || result === null
      ? verdict
      : { ...verdict, resultShape: shapeOf(result), ...(artifacts && { artifacts }) };
  const last = facts.attempts.at(-1);
  if (last === undefined || last.outcome !== undefined) return shaped;
  return ended(shaped, { at, outcome: state, ...(error && { error }), ...measuredIn(result) });
};

export interface AttemptEnd {
  readonly at: EpochMs;
  readonly outcome: AttemptOutcome;
  readonly error?: Problem;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly peakMemoryMb?: number;
}

/** Ends the attempt that is under way. */
export const ended = (facts: TaskFacts, { at, outcome, error, ...measured }: AttemptEnd): TaskFacts => {
  const last = facts.attempts.at(-1);
  if (last === undefined || last.outcome !== undefined) return facts;
  const end: AttemptFacts = {
    ...last,
    endedAt: at,
    outcome,
    ...measured,
    ...(error && { error: errorFacts(error), ...measuredIn(error.details) }),
  };
  return { ...facts, attempts: [...facts.attempts.slice(0, -1), end] };
};

const errorFacts = ({ code, message, details }: Problem): ErrorFacts => {
  const stack = details?.['stack'];
  return { code, message, ...(typeof stack === 'string' && { stack }), ...(details && { details }) };
};

/** What a command's result, or the details of its error, say of the run. */
const measuredIn = (from: unknown): Pick<AttemptFacts, 'exitCode' | 'signal' | 'peakMemoryMb'> => {
  if (typeof from !== 'object' || from === null) return {};
  const { exitCode, signal, peakMemoryMb } = from as Readonly<Record<string, unknown>>;
  return {
    ...(typeof exitCode === 'number' && { exitCode }),
    ...(typeof signal === 'string' && SIGNAL.test(signal) && { signal }),
    ...(typeof peakMemoryMb === 'number' && peakMemoryMb > 0 && { peakMemoryMb }),
  };
};

/** A handler of somebody's own may write anything there. */
const SIGNAL = /^SIG[A-Z0-9]{1,12}$/;

/** Only decisions that did something, or refused to, are worth a document; waiting is told by `why`. */
export const decided = (facts: TaskFacts, { at, record }: Of<'decided'>): TaskFacts => {
  const { outcome, reason } = (record ?? {}) as { outcome?: unknown; reason?: unknown };
  if (typeof outcome !== 'string' || outcome === 'wait_natural') return facts;
  const explanation = typeof reason === 'string' ? reason.replaceAll('_', ' ') : outcome;
  return { ...facts, decisions: [...(facts.decisions ?? []), { at, outcome, explanation }].slice(-KEPT_MAX) };
};

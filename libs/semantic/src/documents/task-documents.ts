import type { DocumentKind } from '@precedent/contract-types';
import { canonicalJson, cutText, ownValue } from '@precedent/kernel';
import { attemptRanMs } from '../facts.ts';
import type { AttemptFacts, TaskFacts } from '../facts.ts';
import { fingerprintOf } from '../fingerprint/fingerprint.ts';
import { plainText, referencesIn } from '../fingerprint/scrub.ts';
import { specificWordsOf } from '../fingerprint/specific-words.ts';
import { topFrames } from '../fingerprint/stack.ts';
import { redactFacts } from '../redact/redact.ts';
import { LABEL_FIELD } from '@precedent/ports';
import { cut } from '../text/words.ts';
import type { PayloadValue, SemanticDocument } from './document.ts';
import { payloadOf } from './document.ts';
import { failureLinesOf } from './failure-lines.ts';
import { exactTermsIn } from './references.ts';
import {
  exactSpecHash,
  plainCommand,
  roughDuration,
  shapeText,
  specHash,
  subjectOf,
  taskReferences,
  taskTitle,
} from './phrases.ts';
import { uuid5 } from './uuid5.ts';

/** The parts of a document that the documents of one task do not share. */
interface DocumentParts {
  readonly kind: DocumentKind;
  readonly at: number;
  readonly text: string;
  readonly attempt?: number;
  readonly seq?: number;
  readonly extra?: Readonly<Record<string, PayloadValue | undefined>>;
}

const TEXT_CHARS = 1_300;

/** Every document of a task. The facts are redacted here, so callers need not redact them. */
export const documentsOf = (unsafe: TaskFacts): readonly SemanticDocument[] => {
  const facts = redactFacts(unsafe);
  const common = commonPayload(facts);
  const parts = [
    specParts(facts),
    ...facts.attempts.flatMap((attempt) => attemptsParts(facts, attempt)),
    ...decisionsParts(facts),
    ...preemptionsParts(facts),
  ];
  return parts.map((part) => documentOf(facts, common, part));
};

const documentOf = (
  facts: TaskFacts,
  common: Readonly<Record<string, PayloadValue | undefined>>,
  { kind, at, text, attempt, seq, extra }: DocumentParts,
): SemanticDocument => {
  const short = cut(text, TEXT_CHARS);
  const rest = { ...common, kind, ...(attempt !== undefined && { attempt }), ...extra };
  return {
    id: uuid5(kind, facts.namespace, facts.id, attempt ?? 0, seq ?? 0),
    kind,
    text: short,
    payload: payloadOf({ namespace: facts.namespace, at, text: short }, rest),
  };
};

const commonPayload = (facts: TaskFacts): Readonly<Record<string, PayloadValue | undefined>> => ({
  project: facts.project,
  task: facts.id,
  type: facts.type,
  name: taskTitle(facts),
  band: facts.band,
  pool: facts.pool,
  [LABEL_FIELD]: facts.security,
  version: facts.version,
  limit_attempt_ms: facts.limits?.attemptTimeoutMs,
  limit_memory_mb: facts.limits?.memoryMb,
  spec: specHash(facts),
  exact_spec: exactSpecHash(facts),
  refs: taskReferences(facts),
});

const specParts = (facts: TaskFacts): DocumentParts => {
  const { envKeys = [], payloadShape = [], labels = {} } = facts;
  const command = plainCommand(facts);
  const parts = [
    `${subjectOf(facts)}.`,
    ...(command === undefined ? [] : [`Runs: ${command}.`]),
    ...(payloadShape.length > 0 ? [`Parameters: ${shapeText(payloadShape)}.`] : []),
    ...(facts.payloadValues === undefined
      ? []
      : [`With: ${cutText(plainText(canonicalJson(facts.payloadValues)), 300)}.`]),
    ...(envKeys.length > 0 ? [`Environment: ${envKeys.join(', ')}.`] : []),
    ...labelPart(labels),
    `Project ${facts.project}.`,
  ];
  return {
    kind: 'spec',
    at: facts.submittedAt,
    text: parts.join(' '),
    extra: { outcome: facts.outcome, keys: envKeys, ended_at: facts.settledAt, workflow: labels['workflow'] },
  };
};

const labelPart = (labels: Readonly<Record<string, string>>): readonly string[] => {
  const texts = Object.entries(labels).map(([key, value]) => plainText(`${key} ${value}`));
  return texts.length > 0 ? [`Labels: ${texts.toSorted().join(', ')}.`] : [];
};

/** One document with the outcome of an attempt; a failed attempt gets two more, of its error and of the telling lines of its log. */
const attemptsParts = (facts: TaskFacts, attempt: AttemptFacts): readonly DocumentParts[] => {
  if (attempt.outcome === undefined || attempt.endedAt === undefined) return [];
  const run = runFields(attempt);
  return [
    attemptParts(facts, attempt, run),
    ...(isFailure(attempt) ? failureParts(facts, attempt, run) : []),
  ];
};

const isFailure = ({ outcome, endedAt, error }: AttemptFacts): boolean =>
  outcome !== undefined && outcome !== 'cancelled' && endedAt !== undefined && error !== undefined;

/** Whether a task has documents of a failure. */
export const hasFailed = ({ attempts }: TaskFacts): boolean => attempts.some(isFailure);

const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  completed: 'completed successfully',
  failed: 'failed',
  cancelled: 'was cancelled',
  timed_out: 'timed out',
  rejected: 'was rejected',
  lost: 'lost its worker',
  preempted: 'was preempted by more urgent work',
  returned: 'was given back by its worker',
};

type RunFields = Readonly<Record<string, PayloadValue | undefined>>;

const runFields = (attempt: AttemptFacts): RunFields => ({
  outcome: attempt.outcome,
  worker: attempt.worker,
  exit_code: attempt.exitCode,
  signal: attempt.signal,
  error_code: attempt.error?.code,
  fingerprint: attempt.error && fingerprintOf({ ...attempt, error: attempt.error })?.hash,
  peak_memory_mb: attempt.peakMemoryMb,
  checkpoints: attempt.checkpoints,
  duration_ms: attemptRanMs(attempt),
});

const attemptParts = (facts: TaskFacts, attempt: AttemptFacts, run: RunFields): DocumentParts => {
  const { n, outcome = 'failed', endedAt = attempt.startedAt, repeats = n - 1 } = attempt;
  const after = repeats > 0 ? ' after a retry' : '';
  const took = roughDuration(attemptRanMs(attempt) ?? 0);
  const error = attempt.error ? ` with ${attempt.error.code}` : '';
  return {
    kind: 'attempt',
    at: endedAt,
    attempt: n,
    text: `${subjectOf(facts)} ${ownValue(OUTCOME_WORDS, outcome) ?? outcome}${error}${after}. It took ${took}. Project ${facts.project}.`,
    extra: run,
  };
};

/** The failure itself, without the name of the task, so that the same failures of different tasks are alike. */
const failureParts = (facts: TaskFacts, attempt: AttemptFacts, run: RunFields): readonly DocumentParts[] => {
  const { summary, window, lines } = failureLinesOf(attempt);
  const failed = attempt.outcome === 'timed_out' ? 'timed out' : 'failed';
  const common = { at: attempt.endedAt ?? attempt.startedAt, attempt: attempt.n };
  const reasons = reasonsOf(attempt);
  const extra = { ...run, refs: failureReferences(facts, [...lines, ...reasons]) };
  return [
    {
      ...common,
      kind: 'failure',
      text: withReasons(summary, reasons),
      extra: { ...extra, lines, words: specificWordsOf(lines) },
    },
    {
      ...common,
      kind: 'log_window',
      text: `${subjectOf(facts)} ${failed}: ${withReasons(window, reasons)}`,
      extra,
    },
  ];
};

const withReasons = (text: string, reasons: readonly string[]): string =>
  [text === '' ? [] : [`${text}.`], reasons].flat().join(' ');

/** Where it failed, and codes that mean more than "failed". */
const reasonsOf = (attempt: AttemptFacts): readonly string[] => {
  const { error, exitCode = 0, signal, output } = attempt;
  const code = error?.code ?? 'INTERNAL';
  const frames = topFrames([error?.stack ?? error?.message, output].join('\n'), 2);
  const where = frames.map((one) => `${one.function} (${one.file})`).join(', ');
  return [
    ...(code === 'COMMAND_FAILED' || code === 'HANDLER_FAILED' ? [] : [`${code}.`]),
    ...(signal === undefined ? [] : [`Killed by ${signal}.`]),
    ...(exitCode > 1 ? [`Exit code ${exitCode}.`] : []),
    ...(where === '' ? [] : [`At ${where}.`]),
  ];
};

const REFERENCES_MAX = 64;

const failureReferences = (facts: TaskFacts, lines: readonly string[]): readonly string[] =>
  [...new Set([...taskReferences(facts), ...exactTermsIn(lines.join('\n'), REFERENCES_MAX)])].slice(
    0,
    REFERENCES_MAX,
  );

const decisionsParts = (facts: TaskFacts): readonly DocumentParts[] =>
  (facts.decisions ?? []).map(({ at, outcome, explanation }, seq) => ({
    kind: 'decision',
    at,
    seq,
    text: `Decision about ${subjectOf(facts)}, band ${facts.band}: ${outcome}. ${plainText(explanation)}`,
    extra: { outcome, refs: referencesIn(explanation) },
  }));

const preemptionsParts = (facts: TaskFacts): readonly DocumentParts[] =>
  (facts.preemptions ?? []).map(({ at, by, byName, reason, lostMs }, seq) => ({
    kind: 'decision',
    at,
    seq: 10_000 + seq,
    text: `${subjectOf(facts)}, band ${facts.band}, was preempted: it gave its slot to ${byName === undefined ? 'more urgent work' : plainText(byName)}.${reason === undefined ? '' : ` ${plainText(reason)}`}`,
    extra: { outcome: 'preempted', lost_ms: lostMs, refs: by === undefined ? [] : [by.toLowerCase()] },
  }));

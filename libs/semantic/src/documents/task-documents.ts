import type { DocumentKind } from '@precedent/contract-types';
import { canonicalJson, cutText, ownValue, trimEndOf } from '@precedent/kernel';
import { attemptRanMs } from '../facts.ts';
import type { AttemptFacts, ErrorFacts, TaskFacts } from '../facts.ts';
import { fingerprintOf, tellingMessage } from '../fingerprint/fingerprint.ts';
import { salientLines, windowOf } from '../fingerprint/salient.ts';
import { plainText, referencesIn } from '../fingerprint/scrub.ts';
import { isStackLine, topFrames } from '../fingerprint/stack.ts';
import { redactFacts } from '../redact/redact.ts';
import { cut } from '../text/words.ts';
import { explained } from './explained.ts';
import type { PayloadValue, SemanticDocument } from './document.ts';
import { payloadOf } from './document.ts';
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

const TEXT_CHARS = 900;

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
  const isFailure = attempt.error !== undefined && attempt.outcome !== 'cancelled';
  return [
    attemptParts(facts, attempt),
    ...(isFailure ? [failureParts(facts, attempt), ...logParts(facts, attempt)] : []),
  ];
};

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

const runFields = (attempt: AttemptFacts): Readonly<Record<string, PayloadValue | undefined>> => ({
  outcome: attempt.outcome,
  worker: attempt.worker,
  exit_code: attempt.exitCode,
  signal: attempt.signal,
  error_code: attempt.error?.code,
  peak_memory_mb: attempt.peakMemoryMb,
  checkpoints: attempt.checkpoints,
  duration_ms: attemptRanMs(attempt),
});

const attemptParts = (facts: TaskFacts, attempt: AttemptFacts): DocumentParts => {
  const { n, outcome = 'failed', endedAt = attempt.startedAt, repeats = n - 1 } = attempt;
  const after = repeats > 0 ? ' after a retry' : '';
  const took = roughDuration(attemptRanMs(attempt) ?? 0);
  const error = attempt.error ? ` with ${attempt.error.code}` : '';
  return {
    kind: 'attempt',
    at: endedAt,
    attempt: n,
    text: `${subjectOf(facts)} ${ownValue(OUTCOME_WORDS, outcome) ?? outcome}${error}${after}. It took ${took}. Project ${facts.project}.`,
    extra: { ...runFields(attempt), ...fingerprintField(attempt) },
  };
};

const fingerprintField = (attempt: AttemptFacts): Readonly<Record<string, PayloadValue | undefined>> =>
  attempt.error === undefined
    ? {}
    : { fingerprint: fingerprintOf({ ...attempt, error: attempt.error }).hash };

const failureParts = (facts: TaskFacts, attempt: AttemptFacts): DocumentParts => {
  const error = attempt.error ?? { code: 'INTERNAL', message: '' };
  const frames = topFrames([error.stack ?? error.message, attempt.output].join('\n'), 2);
  const where = frames.map((one) => `${one.function} (${one.file})`).join(', ');
  const failed = attempt.outcome === 'timed_out' ? 'timed out' : 'failed';
  const parts = [
    `${subjectOf(facts)} ${failed}: ${failureMessage(attempt, error)}.`,
    ...codePart(attempt, error),
    ...(where === '' ? [] : [`At ${where}.`]),
  ];
  return {
    kind: 'failure',
    at: attempt.endedAt ?? attempt.startedAt,
    attempt: attempt.n,
    text: explained(parts.join(' ')),
    extra: { ...runFields(attempt), ...fingerprintField(attempt), refs: failureReferences(facts, attempt) },
  };
};

/** The message of a failure, with telling lines of the output: an exit code alone explains nothing. */
const failureMessage = (attempt: AttemptFacts, error: ErrorFacts): string => {
  const message = tellingMessage({ ...attempt, error })
    .split('\n')
    .filter((line) => !isStackLine(line))
    .join(' ');
  const head = plainText(message).replace(/^command exited with code \d+: /, '');
  const more = salientLines(attempt.output ?? '', 3).map((line) => plainText(line));
  const others = more.filter((line) => line.length > 3 && !overlaps(head, line)).slice(0, 2);
  return [head, ...others].map((one) => trimEndOf(one.trimEnd(), '.; ')).join('; ');
};

const overlaps = (a: string, b: string): boolean => {
  const [short = '', long = ''] = [a, b].toSorted((x, y) => x.length - y.length);
  return long.includes(cutText(short, 60));
};

/** Codes that mean only "failed" stand in the payload and not in the text. */
const codePart = (attempt: AttemptFacts, { code }: ErrorFacts): readonly string[] => [
  ...(code === 'COMMAND_FAILED' || code === 'HANDLER_FAILED' ? [] : [`${code}.`]),
  ...((attempt.exitCode ?? 0) > 1 ? [`Exit code ${attempt.exitCode}.`] : []),
];

const REFERENCES_MAX = 32;
const LOG_LINES = 8;

const failureReferences = (facts: TaskFacts, attempt: AttemptFacts): readonly string[] => {
  const texts = [attempt.error?.message ?? '', ...windowOf(attempt.output ?? '', LOG_LINES)].join('\n');
  return [...new Set([...referencesIn(texts), ...taskReferences(facts)])].slice(0, REFERENCES_MAX);
};

const logParts = (facts: TaskFacts, attempt: AttemptFacts): readonly DocumentParts[] => {
  const lines = windowOf(attempt.output ?? '', LOG_LINES).map((line) => plainText(line));
  const distinct = [...new Set(lines)].filter((line) => line.length > 3);
  if (distinct.length === 0) return [];
  const text = explained(`Log of ${subjectOf(facts)}: ${distinct.join('; ')}`);
  const extra = {
    ...runFields(attempt),
    ...fingerprintField(attempt),
    refs: failureReferences(facts, attempt),
  };
  return [{ kind: 'log_window', at: attempt.endedAt ?? attempt.startedAt, attempt: attempt.n, text, extra }];
};

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

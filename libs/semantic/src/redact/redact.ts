import { cutText } from '@precedent/kernel';
import type { AttemptFacts, ErrorFacts, TaskFacts } from '../facts.ts';
import { withoutSecrets } from './command-lines.ts';
import { PERSONAL_RULES } from './personal.ts';
import { SECRET_RULES, isSecretKey } from './secrets.ts';

const RULES = [...PERSONAL_RULES.slice(0, 1), ...SECRET_RULES, ...PERSONAL_RULES];
/** An address with a password looks like an e-mail address: it goes first. */
const ADDRESS = /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/"'<>]*)@/gi;

/** Longest text that is looked at; the rest is dropped, as nothing that was not looked at may pass. */
const CHARS_MAX = 64 * 1024;
const DEPTH_MAX = 12;

/** A text without secrets and personal data; each is replaced by its kind in brackets. Redacting twice changes nothing. */
export const redactText = (text: string): string =>
  RULES.reduce((left, rule) => rule(left), cutText(text, CHARS_MAX).replace(ADDRESS, '$1[secret]@'));

/** Arguments of a program, each of them a text; a secret flag hides the argument behind it. */
export const redactArgs = (args: readonly string[], program = ''): readonly string[] =>
  withoutSecrets([program, ...args])
    .slice(1)
    .map((arg, at) => (isHiddenBy(args[at - 1]) && !/^--?[A-Za-z]/.test(arg) ? '[secret]' : arg))
    .map((arg) => {
      const long = /^(--?)([A-Za-z][\w.-]*)=/s.exec(arg);
      return long && isSecretKey(long[2] ?? '') ? `${long[0]}[secret]` : redactText(arg);
    });

/** A key of a secret, with dashes in front of it or without, is followed by its value: `--token x`, `set _authToken x`. */
const isHiddenBy = (word: string | undefined): boolean =>
  word !== undefined &&
  /^[\w./:-]{2,200}$/.test(word) &&
  isSecretKey(word.slice(word.lastIndexOf(':') + 1).replace(/^-+/, ''));

/** Any JSON value: secrets by key, texts by their content, keys too. Deeper than 12 levels nothing is kept. */
export const redactValue = (value: unknown, depth = 0): unknown => {
  if (depth > DEPTH_MAX) return '[too deep]';
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number') return redactNumber(value);
  if (Array.isArray(value)) return value.map((one) => redactValue(one, depth + 1));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    redactText(key),
    isSecretKey(key) ? '[secret]' : redactValue(inner, depth + 1),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
};

/** A card number may travel as a number. */
const redactNumber = (value: number): unknown => {
  const text = String(value);
  const redacted = redactText(text);
  return redacted === text ? value : redacted;
};

/** Facts without secrets and personal data: what documents, fingerprints and comparisons are made of. */
export const redactFacts = (facts: TaskFacts): TaskFacts => {
  const { name, command, args, cwd, labels, version, envKeys, payloadShape, resultShape } = facts;
  return {
    ...facts,
    ...(name !== undefined && { name: redactText(name) }),
    ...(command !== undefined && { command: redactText(command) }),
    ...(args && { args: redactArgs(args, command) }),
    ...(cwd !== undefined && { cwd: redactText(cwd) }),
    ...(labels && { labels: redactedTexts(labels) }),
    ...(version !== undefined && { version: redactVersion(version) }),
    ...(envKeys && { envKeys: envKeys.map((key) => redactText(key.replace(/=.*$/s, ''))) }),
    ...(payloadShape && { payloadShape: payloadShape.map(redactText) }),
    ...(resultShape && { resultShape: resultShape.map(redactText) }),
    ...(facts.payloadValues !== undefined && { payloadValues: redactValue(facts.payloadValues) }),
    ...(facts.artifacts && { artifacts: redactedKeys(facts.artifacts) }),
    ...redactedEvents(facts),
  };
};

/** A git commit looks drawn at random, and is no secret. */
const redactVersion = (version: string): string =>
  /^[0-9a-f]{40}$/.test(version) ? version : redactText(version);

const redactedTexts = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).map(([key, text]) => [
      redactText(key),
      isSecretKey(key) ? '[secret]' : redactText(text),
    ]),
  );

/** Content hashes are random by nature, and nobody's secret. */
const redactedKeys = (artifacts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(artifacts).map(([key, hash]) => [
      redactText(key),
      /^[\w:-]{1,80}$/.test(hash) ? hash : redactText(hash),
    ]),
  );

const redactedEvents = (
  facts: TaskFacts,
): Pick<TaskFacts, 'attempts' | 'preemptions' | 'decisions' | 'dependencies'> => ({
  attempts: facts.attempts.map(redactAttempt),
  ...(facts.preemptions && {
    preemptions: facts.preemptions.map((one) => ({
      ...one,
      ...(one.reason !== undefined && { reason: redactText(one.reason) }),
      ...(one.byName !== undefined && { byName: redactText(one.byName) }),
    })),
  }),
  ...(facts.decisions && {
    decisions: facts.decisions.map((one) => ({ ...one, explanation: redactText(one.explanation) })),
  }),
  ...(facts.dependencies && {
    dependencies: facts.dependencies.map((one) => ({ ...one, name: redactText(one.name) })),
  }),
});

const redactAttempt = (attempt: AttemptFacts): AttemptFacts => ({
  ...attempt,
  ...(attempt.error && { error: redactError(attempt.error) }),
  ...(attempt.logTail !== undefined && { logTail: redactText(attempt.logTail) }),
});

/** An error without secrets. */
export const redactError = (error: ErrorFacts): ErrorFacts => ({
  code: redactText(error.code),
  message: redactText(error.message),
  ...(error.stack !== undefined && { stack: redactText(error.stack) }),
  ...(error.details && { details: redactValue(error.details) as Record<string, unknown> }),
});

import { cutText } from '@precedent/kernel';
import type { AttemptFacts, ErrorFacts, TaskFacts } from '../facts.ts';
import { withoutSecrets } from './command-lines.ts';
import { PERSONAL_RULES } from './personal.ts';
import { SECRET_RULES, isSecretKey } from './secrets.ts';

const RULES = [...PERSONAL_RULES.slice(0, 1), ...SECRET_RULES, ...PERSONAL_RULES];
/** A URL with a login. It is redacted first, because it looks like an e-mail address. */
const URL_LOGIN = /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/"'<>]*)@/gi;

/** The longest text that is checked. The rest is dropped, because unchecked text must not pass. */
const CHARS_MAX = 64 * 1024;
const DEPTH_MAX = 12;

/** Names, types and keys of payloads come again with every task: short texts are remembered, so many of them. */
const KNOWN_CHARS = 64;
const KNOWN_MAX = 2_000;
const known = new Map<string, string>();

/** Replaces secrets and personal data by their kind in brackets. Redacting twice changes nothing. */
export const redactText = (text: string): string => {
  if (text.length > KNOWN_CHARS) return redacted(text);
  const earlier = known.get(text);
  if (earlier !== undefined) return earlier;
  if (known.size >= KNOWN_MAX) known.clear();
  const now = redacted(text);
  known.set(text, now);
  return now;
};

const redacted = (text: string): string =>
  RULES.reduce((left, rule) => rule(left), cutText(text, CHARS_MAX).replace(URL_LOGIN, '$1[secret]@'));

/** Redacts the arguments of a program. The argument after a flag for a secret is replaced as a whole. */
export const redactArgs = (args: readonly string[], program = ''): readonly string[] =>
  withoutSecrets([program, ...args])
    .slice(1)
    .map((arg, at) => (isHiddenBy(args[at - 1]) && !/^--?[A-Za-z]/.test(arg) ? '[secret]' : arg))
    .map((arg) => {
      const long = /^(--?)([A-Za-z][\w.-]*)=/s.exec(arg);
      return long && isSecretKey(long[2] ?? '') ? `${long[0]}[secret]` : redactText(arg);
    });

/** Whether the word is the key of a secret, with or without dashes, so that its value follows: `--token x`, `set _authToken x`. */
const isHiddenBy = (word: string | undefined): boolean =>
  word !== undefined &&
  /^[\w./:-]{2,200}$/.test(word) &&
  isSecretKey(word.slice(word.lastIndexOf(':') + 1).replace(/^-+/, ''));

/** Redacts any JSON value: values by their key, texts and keys by their content. Levels below the twelfth are dropped. */
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

/** A JSON number below this is too short for the number of a card or a phone. */
const NUMBER_MIN = 1_000_000;

/** A card number may be a JSON number. */
const redactNumber = (value: number): unknown => {
  if (Number.isInteger(value) && Math.abs(value) < NUMBER_MIN) return value;
  const text = String(value);
  const after = redactText(text);
  return after === text ? value : after;
};

/** Facts that were redacted: everything that uses facts redacts them, and most of them are redacted already. */
const redactedFacts = new WeakSet<TaskFacts>();

/** Facts without secrets and personal data, for documents, fingerprints and comparisons. */
export const redactFacts = (facts: TaskFacts): TaskFacts => {
  if (redactedFacts.has(facts)) return facts;
  const safe = safeFacts(facts);
  redactedFacts.add(safe);
  return safe;
};

const safeFacts = (facts: TaskFacts): TaskFacts => {
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

/** A git commit looks random, and is no secret. */
const redactVersion = (version: string): string =>
  /^[0-9a-f]{40}$/.test(version) ? version : redactText(version);

const redactedTexts = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).map(([key, text]) => [
      redactText(key),
      isSecretKey(key) ? '[secret]' : redactText(text),
    ]),
  );

/** Content hashes look random, and are no secrets. */
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
  ...(attempt.output !== undefined && { output: redactText(attempt.output) }),
});

/** Redacts the texts of an error. */
export const redactError = (error: ErrorFacts): ErrorFacts => ({
  code: redactText(error.code),
  message: redactText(error.message),
  ...(error.stack !== undefined && { stack: redactText(error.stack) }),
});

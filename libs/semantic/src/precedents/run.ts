import { cutText, ownValue } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { attemptRanMs } from '../facts.ts';
import type { LimitFacts } from '@precedent/contract-types';
import type { TaskFacts } from '../facts.ts';
import { redactFacts } from '../redact/redact.ts';

/** One run of a task, with the facts by which two runs are compared. Redacted; points of kind `spec` store it as JSON. */
export interface Run {
  readonly task: string;
  readonly at: EpochMs;
  readonly outcome?: string;
  readonly version?: string;
  readonly command?: string;
  readonly args: readonly string[];
  readonly envKeys: readonly string[];
  readonly payloadShape: readonly string[];
  readonly worker?: string;
  readonly pool?: string;
  readonly cwd?: string;
  readonly limits: LimitFacts;
  readonly durationMs?: number;
  readonly attempts: number;
  /** Outcome by name. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Content hash by name. */
  readonly artifacts: Readonly<Record<string, string>>;
}

/** The run of a task's last attempt. The facts are redacted here. */
export const runFromFacts = (unsafe: TaskFacts): Run => {
  const facts = redactFacts(unsafe);
  const last = facts.attempts.at(-1);
  const durationMs = last && attemptRanMs(last);
  const { version, command, pool, cwd, outcome } = facts;
  return {
    task: facts.id,
    at: last?.startedAt ?? facts.submittedAt,
    ...(outcome !== undefined && { outcome }),
    ...(version !== undefined && { version }),
    ...(command !== undefined && { command }),
    ...(pool !== undefined && { pool }),
    ...(cwd !== undefined && { cwd }),
    ...(last && { worker: last.worker }),
    ...(durationMs !== undefined && { durationMs }),
    args: facts.args ?? [],
    envKeys: facts.envKeys ?? [],
    payloadShape: facts.payloadShape ?? [],
    limits: facts.limits ?? {},
    attempts: facts.attempts.length,
    dependencies: Object.fromEntries((facts.dependencies ?? []).map((one) => [one.name, one.outcome])),
    artifacts: facts.artifacts ?? {},
  };
};

/** The most characters of JSON of each part of a stored run, so that an index accepts all parts together. */
const PART_CHARS = 10_000;

/** The run as JSON, stored with a point. Very long parts are cut, and two runs are compared by the beginnings. */
export const runText = (facts: TaskFacts): string => {
  const run = runFromFacts(facts);
  const { command, cwd, args, envKeys, payloadShape, artifacts } = run;
  const names = firstTexts(Object.keys(artifacts), PART_CHARS / 2);
  return JSON.stringify({
    ...run,
    ...(command !== undefined && { command: firstTexts([command])[0] }),
    ...(cwd !== undefined && { cwd: firstTexts([cwd])[0] }),
    args: firstTexts(args),
    envKeys: firstTexts(envKeys),
    payloadShape: firstTexts(payloadShape),
    artifacts: Object.fromEntries(names.map((name) => [name, ownValue(artifacts, name) ?? ''])),
  });
};

/** The first texts that fit into `chars` of JSON; a first text that is too long is cut. A character has at most six of JSON. */
const firstTexts = (texts: readonly string[], chars = PART_CHARS): readonly string[] => {
  const taken: string[] = [];
  let left = chars;
  for (const text of texts) {
    left -= JSON.stringify(text).length + 1;
    if (left < 0) return taken.length > 0 ? taken : [cutText(text, chars / 6)];
    taken.push(text);
  }
  return taken;
};

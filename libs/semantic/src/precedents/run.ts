import { cutText, ownValue } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { attemptRanMs } from '../facts.ts';
import type { LimitFacts, TaskFacts } from '../facts.ts';
import { redactFacts } from '../redact/redact.ts';

/** One run of a task, with all that two runs are compared by. Redacted. */
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

/** The facts of a task as a run: that of its last attempt. The facts are redacted here. */
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

/** Of each part of a run that is kept with a point, as JSON: an index takes no longer texts than all of them together. */
const PART_CHARS = 10_000;

/** The run as it is kept with a point. Of parts that are very long the beginning is kept: two runs are compared by that. */
export const runText = (facts: TaskFacts): string => {
  const run = runFromFacts(facts);
  const { command, cwd, args, envKeys, payloadShape, artifacts } = run;
  const names = begun(Object.keys(artifacts), PART_CHARS / 2);
  return JSON.stringify({
    ...run,
    ...(command !== undefined && { command: begun([command])[0] }),
    ...(cwd !== undefined && { cwd: begun([cwd])[0] }),
    args: begun(args),
    envKeys: begun(envKeys),
    payloadShape: begun(payloadShape),
    artifacts: Object.fromEntries(names.map((name) => [name, ownValue(artifacts, name) ?? ''])),
  });
};

/** As many texts as there is room for; the first may be cut. A character is six of JSON at most. */
const begun = (texts: readonly string[], chars = PART_CHARS): readonly string[] => {
  const kept: string[] = [];
  let left = chars;
  for (const text of texts) {
    left -= JSON.stringify(text).length + 1;
    if (left < 0) return kept.length > 0 ? kept : [cutText(text, chars / 6)];
    kept.push(text);
  }
  return kept;
};

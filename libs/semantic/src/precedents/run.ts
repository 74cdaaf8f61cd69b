import type { EpochMs } from '@precedent/kernel';
import { commandLine } from '../documents/phrases.ts';
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
export const runOf = (unsafe: TaskFacts): Run => {
  const facts = redactFacts(unsafe);
  const last = facts.attempts.at(-1);
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
    ...(last?.endedAt !== undefined && { durationMs: last.endedAt - last.startedAt }),
    args: facts.args ?? [],
    envKeys: facts.envKeys ?? [],
    payloadShape: facts.payloadShape ?? [],
    limits: facts.limits ?? {},
    attempts: facts.attempts.length,
    dependencies: Object.fromEntries((facts.dependencies ?? []).map((one) => [one.name, one.outcome])),
    artifacts: facts.artifacts ?? {},
  };
};

/** The command of a run as one would type it. */
export const commandOf = (run: Run): string | undefined => commandLine(run);

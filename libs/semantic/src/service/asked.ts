import { documentsOf } from '../documents/task-documents.ts';
import type { TaskFacts } from '../facts.ts';

/** A task that is asked about, as the index would hold it: redacted. */
export interface Asked {
  readonly text: string;
  readonly type: string;
  readonly spec: string;
  /** The longest attempt that it is allowed; absent: no limit. */
  readonly timeoutMs?: number;
}

export const askedOf = (facts: TaskFacts): Asked => {
  const [spec] = documentsOf({ ...facts, attempts: [] });
  const timeoutMs = facts.limits?.attemptTimeoutMs;
  return {
    text: spec?.text ?? facts.type,
    type: facts.type,
    spec: String(spec?.payload['spec'] ?? ''),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
};

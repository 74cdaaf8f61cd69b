import type { PointPayload } from '@precedent/ports';
import { documentsOf } from '../documents/task-documents.ts';
import type { LimitFacts, TaskFacts } from '../facts.ts';

/** What is asked about, as the index holds it: a task that is there, or one that is only thought of. */
export interface Asked {
  /** Absent: it is only thought of. */
  readonly task?: string;
  readonly project: string;
  readonly type: string;
  readonly spec: string;
  readonly exactSpec: string;
  readonly text: string;
  readonly limits: Pick<LimitFacts, 'attemptTimeoutMs' | 'memoryMb'>;
}

/** A point of kind `spec` as what is asked about. */
export const askedIn = (spec: PointPayload): Asked => {
  const text = (field: string): string => (typeof spec[field] === 'string' ? spec[field] : '');
  const { limit_attempt_ms: attemptTimeoutMs, limit_memory_mb: memoryMb } = spec;
  return {
    ...(text('task') !== '' && { task: text('task') }),
    project: text('project'),
    type: text('type'),
    spec: text('spec'),
    exactSpec: text('exact_spec'),
    text: spec.text,
    limits: {
      ...(typeof attemptTimeoutMs === 'number' && { attemptTimeoutMs }),
      ...(typeof memoryMb === 'number' && { memoryMb }),
    },
  };
};

/** A task by its facts: what the index would hold of it, redacted. */
export const askedOf = (facts: TaskFacts): Asked => {
  const { namespace, submittedAt: at, type } = facts;
  const [spec] = documentsOf({ ...facts, attempts: [] });
  return askedIn(spec?.payload ?? { namespace, at, text: type });
};

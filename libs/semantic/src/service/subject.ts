import type { PointPayload } from '@precedent/ports';
import { documentsOf } from '../documents/task-documents.ts';
import type { LimitFacts } from '@precedent/contract-types';
import type { TaskFacts } from '../facts.ts';

/** The subject of a query, in the form that the index holds: a task of the history, or a hypothetical one. */
export interface Subject {
  /** Absent: the task is hypothetical. */
  readonly task?: string;
  readonly project: string;
  readonly type: string;
  readonly spec: string;
  readonly exactSpec: string;
  readonly text: string;
  readonly limits: Pick<LimitFacts, 'attemptTimeoutMs' | 'memoryMb'>;
}

/** The subject that a point of kind `spec` describes. */
export const subjectFromSpec = (spec: PointPayload): Subject => {
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

/** The subject of a task by its facts: its redacted spec document. */
export const querySubjectOf = (facts: TaskFacts): Subject => {
  const { namespace, submittedAt: at, type } = facts;
  const [spec] = documentsOf({ ...facts, attempts: [] });
  return subjectFromSpec(spec?.payload ?? { namespace, at, text: type });
};

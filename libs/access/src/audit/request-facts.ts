import type { Grant } from '@precedent/contract-types';
import { cutText, fieldOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

const TARGETS_MAX = 20;
const NAME_CHARS = 200;

/** A name as a caller wrote it, as long as names may be. */
export const auditedName = (name: string): string => cutText(name, NAME_CHARS);

export interface RequestFacts {
  readonly project?: string;
  readonly targets?: readonly string[];
  readonly grant?: Grant;
}

/** The project and the ids that a request names. */
export const requestFacts = (request: unknown): RequestFacts => {
  if (typeof request !== 'object' || request === null) return {};
  const { project, id, ids, evidence, principal, grant, token } = request as Readonly<
    Record<string, unknown>
  >;
  const granted = fieldOf(grant, 'principal');
  // That of a set of tasks begins with the id of the task that acts on it; the rest of it is for its principal only.
  const task = typeof token === 'string' ? token.split('.')[0] : undefined;
  const targets = [id, task, ...(Array.isArray(ids) ? ids : []), evidence, principal, granted].filter(
    (each) => typeof each === 'string',
  );
  return {
    ...(typeof project === 'string' && { project: auditedName(project) }),
    ...(targets.length > 0 && { targets: targets.slice(0, TARGETS_MAX).map(auditedName) }),
  };
};

/**
 * Whether the trail records it: the caller was refused for what it is. A task that is not found may be there and out of its scope. All
 * that are not found are recorded alike, so that the answer takes the same time.
 */
export const isAudited = ({ code, issues }: Problem): boolean =>
  AUDITED.has(code) || (code === 'INVALID_REQUEST' && issues?.[0]?.field === 'namespace');

const AUDITED: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BUDGET_SPENT',
  'SIGNATURE_INVALID',
  'TASK_NOT_FOUND',
  'ACCESS_NOT_FOUND',
  'WEBHOOK_NOT_FOUND',
]);

import { PRINCIPAL_KINDS, ROLES, TASK_STATES } from '@precedent/contract-types';
import { PREEMPTION_MODES } from '@precedent/contracts';
import { BANDS, ORIGINS } from '@precedent/kernel';

/** Sets of values that are closed, and that requests name, become enums. Sets that grow stay text, which an older client can read. */
export const enums: Readonly<Record<string, readonly string[]>> = {
  Band: BANDS,
  Origin: ORIGINS,
  PreemptionMode: PREEMPTION_MODES,
  TaskState: TASK_STATES,
  PrincipalKind: PRINCIPAL_KINDS,
  Role: ROLES,
};

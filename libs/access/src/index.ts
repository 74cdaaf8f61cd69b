export { may } from './may.ts';
export type { AccessVerdict, Requirement } from './may.ts';
export { compile } from './principals.ts';
export type { CompiledPrincipal, Resource } from './principals.ts';
export { ROLE_RIGHTS, rightsOf } from './rights.ts';
export { OPEN_SCOPE, isInScope, scopeOf } from './scope.ts';
export { BUDGET_WINDOW_MS, maySubmit } from './submissions.ts';
export type { OfferedTask } from './submissions.ts';

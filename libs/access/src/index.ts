export { ChainCheck, headText } from './audit/chain-check.ts';
export type { ChainVerdict } from './audit/chain-check.ts';
export { NO_MESSAGE, auditText, readAuditText } from './audit/message.ts';
export { RefusalCounts } from './audit/refusal-counts.ts';
export type { RequestFacts } from './audit/request-facts.ts';
export { auditedName, isAudited, requestFacts } from './audit/request-facts.ts';
export { checkGrant } from './check-grant.ts';
export { KEY_ID_BYTES, KEY_SECRET_BYTES, formatKey, parseKey } from './keys.ts';
export { maskedDecisions } from './masks/mask-decision.ts';
export { maskedTask } from './masks/mask-task.ts';
export { maskedDryRun, maskedWhy } from './masks/mask-why.ts';
export type { Visibility } from './masks/visibility.ts';
export { hasRight, may } from './may.ts';
export type { AccessVerdict, Requirement } from './may.ts';
export { compile } from './principals.ts';
export type { CompiledPrincipal } from './principals.ts';
export { ROLE_RIGHTS, rightsOf } from './rights.ts';
export { notCleared } from './refusals.ts';
export { OPEN_SCOPE, clearancesIn, isClearedFor, isInScope, scopeOf } from './scope.ts';
export { BUDGET_WINDOW_MS, highestBandAmong, maySubmit } from './submissions.ts';
export { signatureProblem, storedSignatureFault } from './signatures.ts';
export { idProblem } from './task-ids.ts';
export {
  administeredGrant,
  administeredKey,
  endKey,
  giveGrant,
  grantsFor,
  keysFor,
  makeKey,
  removeGrant,
  withdrawKey,
} from './registry/administration.ts';
export type { Administrator } from './registry/administration.ts';
export { addSigner, administeredSigner, signersFor, withdrawSigner } from './registry/signer-rules.ts';
export { AccessTable } from './registry/access-table.ts';
export { tokenIdentities } from './registry/token-identities.ts';
export type { TrustedIssuer } from './registry/token-identities.ts';
export type { AccessChange, AccessState } from './registry/access-state.ts';
export { addKey, endOfKey, expireKey, revokeKey, validKeysOf } from './registry/key-rules.ts';

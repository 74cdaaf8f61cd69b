import type { ApprovalDecision, ApprovalStep } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';

/** The principal that decides about an approval; without a name access is open, and nothing is known of it. */
export interface Approver {
  readonly by?: string | undefined;
  readonly isHuman?: boolean | undefined;
  readonly comment?: string | undefined;
}

/** What an approval was asked for, and what was decided until now. */
export interface OpenApproval {
  readonly approval: ApprovalStep;
  readonly decisions: readonly ApprovalDecision[];
  readonly submittedBy?: string | undefined;
}

/** Why somebody may not decide about an approval; `undefined` when they may. The same for those who ask and for what is stuck. */
export const approvalRefusal = (
  { approval, decisions, submittedBy }: OpenApproval,
  { by, isHuman, comment }: Approver,
): Problem | undefined => {
  if (approval.comment && (comment ?? '').trim() === '')
    return invalid('comment', 'this approval needs a comment');
  if (by === undefined) return undefined;
  if (isHuman === false) return forbidden(`${by} is a program; only people approve`);
  if (approval.by !== undefined && !approval.by.includes(by))
    return forbidden(`${by} is not among those who decide: ${approval.by.join(', ')}`);
  if (approval.fourEyes ?? true) {
    if (by === submittedBy) return forbidden(`${by} has submitted the run, and another one has to decide`);
  }
  const isRepeated = decisions.some((decision) => decision.by === by);
  return isRepeated ? forbidden(`${by} has decided already`) : undefined;
};

const forbidden = (message: string): Problem => ({ code: 'FORBIDDEN', message });

const invalid = (field: string, message: string): Problem => ({
  code: 'INVALID_REQUEST',
  message,
  issues: [{ field, message }],
});

import type { Right, Role } from '@precedent/contract-types';

/** The rights of every role. */
export const ROLE_RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  viewer: ['read'],
  submitter: ['read', 'submit'],
  operator: ['read', 'submit', 'control'],
  approver: ['read', 'approve'],
  admin: ['read', 'submit', 'control', 'approve', 'administer'],
  worker: ['work'],
};

const ROLE_NAMES = Object.keys(ROLE_RIGHTS) as readonly Role[];

export const rightsOf = (role: Role): readonly Right[] => ROLE_RIGHTS[role];

/** The roles that have a right, the smallest first. */
export const rolesWith = (right: Right): readonly Role[] =>
  ROLE_NAMES.filter((role) => ROLE_RIGHTS[role].includes(right));

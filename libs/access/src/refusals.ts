import { ANY } from '@precedent/contract-types';
import type { Reach, Right } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { CompiledPrincipal, Resource } from './principals.ts';
import { rolesWith } from './rights.ts';

/** Names only what the caller named itself. */
export const forbidden = (right: Right, reach: Reach, resource: Resource): Problem => {
  const { namespace, project } = reach === 'cell' ? { namespace: ANY, project: ANY } : resource;
  const roles = rolesWith(right);
  return {
    code: 'FORBIDDEN',
    message: `this needs the right "${right}" ${placeText(namespace, project)}; ${rolesText(roles)}`,
    details: { right, namespace, ...(project !== undefined && { project }), roles },
  };
};

/** Without the label: the refusal of a task from the stream is kept, and shown to all who read the namespace. */
export const notCleared = ({ namespace, project }: Resource): Problem => ({
  code: 'FORBIDDEN',
  message: `no grant ${placeText(namespace, project)} is cleared for the security label of the task`,
  details: { namespace, ...(project !== undefined && { project }) },
});

/** `in namespace acme, project web`. */
export const placeText = (namespace: string, project?: string): string => {
  if (namespace === ANY) return 'in the cell as a whole, by a grant of namespace "*"';
  if (project === undefined) return `in namespace ${namespace}`;
  return project === ANY
    ? `in all projects of namespace ${namespace}`
    : `in namespace ${namespace}, project ${project}`;
};

const rolesText = (roles: readonly string[]): string =>
  roles.length === 1 ? `the role ${roles[0]} has it` : `these roles have it: ${roles.join(', ')}`;

export const expired = ({ principal: { credential, expiresAt } }: CompiledPrincipal): Problem => ({
  code: 'UNAUTHENTICATED',
  message: `the credential ${credential} expired${expiresAt === undefined ? '' : ` at ${new Date(expiresAt).toISOString()}`}`,
});

import { compile, scopeOf } from '@precedent/access';
import type { Caller } from '@precedent/ports';

/** An admin of a project, or with `*` of all projects, of a namespace. */
export const callerIn = (namespace: string, project: string): Caller => {
  const grant = { id: 'g', principal: 'ann', role: 'admin', namespace, project } as const;
  const principal = compile({ name: 'ann', kind: 'human', credential: 'key-ann', grants: [grant] });
  const scope = scopeOf(principal, 'read', namespace, 0);
  if (scope === undefined) throw new Error('an admin reads');
  return { principal, scope };
};

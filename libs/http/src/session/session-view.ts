import { rightsOf } from '@precedent/access';
import { BANDS } from '@precedent/kernel';
import { RIGHTS, ROLES } from '@precedent/contract-types';
import type { Grant } from '@precedent/contract-types';
import type { CallerSession } from '@precedent/ports';
import { z } from 'zod';
import type { Session } from './session-store.ts';

const grantSchema = z.object({
  role: z.enum(ROLES),
  rights: z.array(z.enum(RIGHTS)).describe('of the role'),
  namespace: z.string().describe('"*": all of them, and the cell as a whole'),
  project: z.string().describe('"*": all projects of the namespace'),
  highestBand: z.enum(BANDS).optional(),
  types: z.array(z.string()).optional().describe('of tasks that may be submitted'),
  clearances: z.array(z.string()).optional(),
  expiresAt: z.number().optional(),
});

/** Who sends a request, and what that principal may do. */
export const sessionViewSchema = z
  .object({
    principal: z.string().optional().describe('absent where access is open'),
    credential: z.string().optional().describe('the id of the credential; absent where access is open'),
    namespace: z.string().describe('of a request that names none'),
    highestBand: z.enum(BANDS),
    grants: z.array(grantSchema),
    session: z
      .object({
        endsAt: z.number().describe('a new login is needed then; milliseconds since 1970'),
        renews: z.boolean().describe('whether its token is replaced before it ends'),
        issuer: z.string().optional().describe('the OpenID provider of the login'),
      })
      .optional()
      .describe('where the request came with a cookie'),
  })
  .meta({ id: 'SessionView' });

type SessionView = z.infer<typeof sessionViewSchema>;

/** Where access is open every caller is an admin of the cell. */
const OPEN: readonly Pick<Grant, 'role' | 'namespace' | 'project'>[] = [
  { role: 'admin', namespace: '*', project: '*' },
];

export const sessionView = (
  { principal, credential, namespace, highestBand, grants }: CallerSession,
  session: Session | undefined,
): SessionView => ({
  principal,
  credential,
  namespace,
  highestBand,
  grants: (grants ?? OPEN).map((grant) => grantSchema.parse({ ...grant, rights: rightsOf(grant.role) })),
  session: session && {
    endsAt: session.endsAt,
    renews: session.refreshToken !== undefined,
    issuer: session.issuer,
  },
});

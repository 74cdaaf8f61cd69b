import { ANY, RIGHTS, ROLES } from '@precedent/contract-types';
import type { Grant, Principal, Right } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import fc from 'fast-check';
import type { Resource } from './principals.ts';
import { rightsOf } from './rights.ts';

/** Few names and times, so that grants meet each other and what is requested. */
const names = ['acme', 'bolt', '__proto__'];
const labels = ['secret', 'health'];
export const times = fc.integer({ min: 0, max: 10 });
const rights = fc.constantFrom<Right>(...RIGHTS);
const types = ['text.process', 'command', 'http'];

export const grants: fc.Arbitrary<Grant> = fc.record(
  {
    id: fc.string(),
    principal: fc.constant('ada'),
    role: fc.constantFrom(...ROLES),
    namespace: fc.constantFrom(...names, ANY),
    project: fc.constantFrom(...names, ANY),
    highestBand: fc.constantFrom(...BANDS),
    types: fc.subarray(types),
    criticalPerHour: fc.integer({ min: 1, max: 3 }),
    clearances: fc.subarray([...labels, ANY]),
    expiresAt: times,
  },
  { requiredKeys: ['id', 'principal', 'role', 'namespace', 'project'] },
);

export const principalWith = (all: readonly Grant[], extra: Partial<Principal> = {}): Principal => ({
  name: 'ada',
  kind: 'human',
  credential: 'k7f3',
  grants: all,
  ...extra,
});

export const principals: fc.Arbitrary<Principal> = fc
  .tuple(fc.array(grants, { maxLength: 6 }), fc.constantFrom('human', 'agent', 'service'))
  .map(([all, kind]) => principalWith(all, { kind }));

/** Of a task that exists: its project is known. */
export const resources: fc.Arbitrary<Resource & { readonly project: string }> = fc.record(
  {
    namespace: fc.constantFrom(...names),
    project: fc.constantFrom(...names),
    security: fc.constantFrom(...labels),
  },
  { requiredKeys: ['namespace', 'project'] },
);

/** A principal, and what it requests. */
export const cases = fc.record({ principal: principals, right: rights, resource: resources, now: times });

export const offers = fc.record(
  {
    namespace: fc.constantFrom(...names),
    project: fc.constantFrom(...names),
    type: fc.constantFrom(...types),
    band: fc.constantFrom(...BANDS),
    security: fc.constantFrom(...labels),
  },
  { requiredKeys: ['namespace', 'project', 'type', 'band'] },
);

/** The rule itself, one grant at a time. */
export const givesByHand = (grant: Grant, right: Right, resource: Resource, now: number): boolean =>
  rightsOf(grant.role).includes(right) &&
  (grant.namespace === ANY || grant.namespace === resource.namespace) &&
  (grant.project === ANY || grant.project === resource.project) &&
  (grant.expiresAt === undefined || now < grant.expiresAt) &&
  isClearedByHand(grant, resource.security);

const isClearedByHand = ({ clearances = [] }: Grant, security: string | undefined): boolean =>
  security === undefined || clearances.includes(security) || clearances.includes(ANY);

import { ANY } from '@precedent/contract-types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, principalWith, resources, times } from './grants.arbitraries.ts';
import { may } from './may.ts';
import { compile } from './principals.ts';
import { OPEN_SCOPE, isInScope, scopeOf } from './scope.ts';

const RUNS = { numRuns: 2_000 };

describe('the scope of a request', () => {
  it('holds exactly what may be done, in the namespace of the request', () => {
    fc.assert(
      fc.property(cases, ({ principal, right, resource, now }) => {
        const caller = compile(principal);
        const scope = scopeOf(caller, right, resource.namespace, now);
        const within = scope !== undefined && isInScope(scope, resource);
        expect(within).toBe(may(caller, { right, reach: 'namespace' }, resource, now).allowed);
      }),
      RUNS,
    );
  });

  it('is that of the grants of every namespace when it is of the whole cell', () => {
    fc.assert(
      fc.property(cases, ({ principal, right, resource, now }) => {
        const wide = principal.grants.filter(({ namespace }) => namespace === ANY);
        const scope = scopeOf(compile(principal), right, ANY, now);
        const within = scope !== undefined && isInScope(scope, resource);
        const caller = compile(principalWith(wide));
        expect(within).toBe(may(caller, { right, reach: 'namespace' }, resource, now).allowed);
      }),
      RUNS,
    );
  });

  it('holds nothing of another namespace', () => {
    fc.assert(
      fc.property(cases, ({ principal, right, resource, now }) => {
        const scope = scopeOf(compile(principal), right, 'elsewhere', now);
        expect(scope !== undefined && isInScope(scope, resource)).toBe(false);
      }),
      RUNS,
    );
  });

  it('does not clear the label of one project in another one', () => {
    const grant = { id: 'g', principal: 'ada', role: 'viewer', namespace: 'acme' } as const;
    const caller = compile(
      principalWith([
        { ...grant, project: 'web' },
        { ...grant, project: 'ops', clearances: ['secret'] },
      ]),
    );
    expect(scopeOf(caller, 'read', 'acme', 0)).toEqual({
      namespace: 'acme',
      projects: ['web', 'ops'],
      clearances: [],
      projectClearances: [{ project: 'ops', labels: ['secret'] }],
    });
  });

  it('shrinks when a grant or a clearance ends, also after it was requested before', () => {
    const later = fc.array(times, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(cases, later, ({ principal, right, resource }, moments) => {
        const caller = compile(principal);
        for (const now of moments) {
          const again = scopeOf(caller, right, resource.namespace, now);
          expect(again).toEqual(scopeOf(compile(principal), right, resource.namespace, now));
        }
      }),
      RUNS,
    );
  });

  it('of many projects holds each of them, and no other', () => {
    const projects = Array.from({ length: 1_000 }, (_, at) => `p${at}`);
    const grant = { id: 'g', principal: 'ada', role: 'viewer', namespace: 'acme' } as const;
    const caller = compile(principalWith(projects.map((project) => ({ ...grant, project }))));
    const scope = scopeOf(caller, 'read', 'acme', 0) ?? OPEN_SCOPE;
    const isIn = (project: string) => isInScope(scope, { namespace: 'acme', project });
    expect(projects.every(isIn)).toBe(true);
    expect(isIn('p1000')).toBe(false);
  });

  it('is absent for an expired credential', () => {
    const grant = { id: 'g', principal: 'ada', role: 'admin', namespace: ANY, project: ANY } as const;
    const caller = compile(principalWith([grant], { expiresAt: 5 }));
    expect(scopeOf(caller, 'read', 'acme', 4)).toBeDefined();
    expect(scopeOf(caller, 'read', 'acme', 5)).toBeUndefined();
  });

  it('is everything where access is not required', () => {
    fc.assert(
      fc.property(resources, (resource) => {
        expect(isInScope(OPEN_SCOPE, resource)).toBe(true);
      }),
    );
  });

  it('of single projects holds nothing whose project is not known', () => {
    expect(isInScope({ namespace: ANY, projects: ['web'], clearances: ANY }, { namespace: 'acme' })).toBe(
      false,
    );
  });
});

import { ANY } from '@precedent/contract-types';
import type { Grant } from '@precedent/contract-types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, givesByHand, grants, principalWith } from './grants.arbitraries.ts';
import { may } from './may.ts';
import { compile } from './principals.ts';

const RUNS = { numRuns: 1_000 };

const grant = (role: Grant['role'], extra: Partial<Grant> = {}): Grant => ({
  id: 'g1',
  principal: 'ada',
  role,
  namespace: 'acme',
  project: ANY,
  ...extra,
});

const ada = (...all: readonly Grant[]) => compile(principalWith(all));
const control = { right: 'control', reach: 'namespace' } as const;
const read = { right: 'read', reach: 'namespace' } as const;

describe('may', () => {
  it('allows a right exactly if one grant gives it', () => {
    fc.assert(
      fc.property(cases, ({ principal, right, resource, now }) => {
        const verdict = may(compile(principal), { right, reach: 'namespace' }, resource, now);
        const byHand = principal.grants.some((one) => givesByHand(one, right, resource, now));
        expect(verdict.allowed).toBe(byHand);
      }),
      RUNS,
    );
  });

  it('takes no right away when a grant is added', () => {
    fc.assert(
      fc.property(cases, grants, ({ principal, right, resource, now }, more) => {
        const before = may(compile(principal), { right, reach: 'namespace' }, resource, now);
        const richer = compile({ ...principal, grants: [...principal.grants, more] });
        if (before.allowed)
          expect(may(richer, { right, reach: 'namespace' }, resource, now).allowed).toBe(true);
      }),
      RUNS,
    );
  });

  it('hides what the caller may not read, and nothing else', () => {
    fc.assert(
      fc.property(cases, ({ principal, right, resource, now }) => {
        const verdict = may(compile(principal), { right, reach: 'namespace' }, resource, now);
        const reads = principal.grants.some((one) => givesByHand(one, 'read', resource, now));
        if (!verdict.allowed) expect(verdict.hidden).toBe(!reads);
      }),
      RUNS,
    );
  });

  it('hides every namespace in which the principal has no grant', () => {
    fc.assert(
      fc.property(cases, ({ principal, right, resource, now }) => {
        const foreign = principal.grants.filter(
          ({ namespace }) => namespace !== resource.namespace && namespace !== ANY,
        );
        const caller = compile({ ...principal, grants: foreign });
        expect(may(caller, { right, reach: 'namespace' }, resource, now)).toMatchObject({
          allowed: false,
          hidden: true,
        });
      }),
      RUNS,
    );
  });

  it('allows nothing on the cell as a whole without a grant of every namespace and project', () => {
    fc.assert(
      fc.property(cases, ({ principal, right, resource, now }) => {
        const verdict = may(compile(principal), { right, reach: 'cell' }, resource, now);
        const target = { ...resource, namespace: ANY, project: ANY };
        const byHand = principal.grants.some((one) => givesByHand(one, right, target, now));
        expect(verdict.allowed).toBe(byHand);
      }),
      RUNS,
    );
  });

  it('names the missing right, the place and the roles that have it', () => {
    const verdict = may(ada(grant('viewer')), control, { namespace: 'acme', project: 'web' }, 0);
    expect(verdict).toEqual({
      allowed: false,
      hidden: false,
      problem: {
        code: 'FORBIDDEN',
        message:
          'this needs the right "control" in namespace acme, project web; these roles have it: operator, admin',
        details: { right: 'control', namespace: 'acme', project: 'web', roles: ['operator', 'admin'] },
      },
    });
  });

  it('names the whole cell where an operation reaches it, and does not hide that operation', () => {
    const verdict = may(ada(grant('admin')), { right: 'read', reach: 'cell' }, { namespace: ANY }, 0);
    expect(verdict).toMatchObject({
      hidden: false,
      problem: {
        message: expect.stringContaining('in the cell as a whole, by a grant of namespace "*"'),
        details: { namespace: '*', project: '*' },
      },
    });
  });

  it('lets a submitter cancel the tasks that it submitted itself, and no others', () => {
    const submitter = ada(grant('submitter'));
    const cancel = (submittedBy?: string) =>
      may(submitter, control, { namespace: 'acme', project: 'web', submittedBy }, 0).allowed;
    expect([cancel('ada'), cancel('bob'), cancel()]).toEqual([true, false, false]);
  });

  it('does not let a viewer cancel what it submitted before its grant was narrowed', () => {
    const resource = { namespace: 'acme', project: 'web', submittedBy: 'ada' };
    expect(may(ada(grant('viewer')), control, resource, 0).allowed).toBe(false);
  });

  it('lets a request without a project pass by a grant of any project of the namespace', () => {
    const caller = ada(grant('viewer', { project: 'web' }));
    expect(may(caller, read, { namespace: 'acme' }, 0).allowed).toBe(true);
    expect(may(caller, read, { namespace: 'acme', project: ANY }, 0).allowed).toBe(false);
    expect(may(caller, read, { namespace: 'bolt' }, 0)).toMatchObject({ hidden: true });
  });

  it('counts a grant and a credential until their end, and not at it', () => {
    const caller = compile(principalWith([grant('viewer', { expiresAt: 5 })], { expiresAt: 7 }));
    const at = (now: number) => may(caller, read, { namespace: 'acme' }, now);
    expect(at(4).allowed).toBe(true);
    expect(at(5)).toMatchObject({ allowed: false, hidden: true, problem: { code: 'FORBIDDEN' } });
    expect(at(7)).toMatchObject({ allowed: false, hidden: false, problem: { code: 'UNAUTHENTICATED' } });
  });

  it('refuses an expired credential everything', () => {
    fc.assert(
      fc.property(cases, ({ principal, right, resource, now }) => {
        const caller = compile({ ...principal, expiresAt: now });
        for (const reach of ['namespace', 'cell'] as const)
          expect(may(caller, { right, reach }, resource, now).allowed).toBe(false);
      }),
      RUNS,
    );
  });
});

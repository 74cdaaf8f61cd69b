import { ANY } from '@precedent/contract-types';
import type { AccessKey, Grant, PrincipalKind } from '@precedent/contract-types';
import { RIGHTS } from '@precedent/contract-types';
import { isAppError } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grants, offers, principalWith, resources, times } from '../grants.arbitraries.ts';
import { may } from '../may.ts';
import { compile } from '../principals.ts';
import { maySubmit } from '../submissions.ts';
import { AccessTable } from './access-table.ts';
import {
  endKey,
  giveGrant,
  grantsFor,
  keysFor,
  makeKey,
  removeGrant,
  withdrawKey,
} from './administration.ts';
import type { Administrator } from './administration.ts';

const aGrant = (more: Partial<Grant> = {}): Grant => ({
  id: 'g1',
  principal: 'acme--bot',
  role: 'operator',
  namespace: 'acme',
  project: ANY,
  ...more,
});

const aKey = (more: Partial<AccessKey> = {}): AccessKey => ({
  id: 'k9',
  principal: 'acme--bot',
  kind: 'service',
  sha256: '0'.repeat(64),
  createdAt: 1,
  ...more,
});

const adminWith = (more: Partial<Grant> = {}, kind: PrincipalKind = 'human'): Administrator => ({
  caller: compile(principalWith([aGrant({ principal: 'ada', role: 'admin', ...more })], { kind })),
  namespace: 'acme',
  now: 5,
});
const ofCell = adminWith({ namespace: ANY });

const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    return isAppError(error) ? error.code : 'none';
  }
};

describe('an admin of a namespace', () => {
  it.each<[string, Partial<Grant>, Partial<Grant>]>([
    ['namespace', {}, { namespace: 'beta' }],
    ['namespace', {}, { namespace: ANY }],
    ['project', { project: 'web' }, {}],
    ['expiresAt', { expiresAt: 10 }, {}],
    ['expiresAt', { expiresAt: 10 }, { expiresAt: 11 }],
    ['clearances', { clearances: ['health'] }, { clearances: ['secret'] }],
    ['clearances', { clearances: ['health'] }, { clearances: [ANY] }],
    ['highestBand', { highestBand: 'high' }, {}],
    ['highestBand', { highestBand: 'high' }, { highestBand: 'critical' }],
    ['types', { types: ['http'] }, {}],
    ['types', { types: ['http'] }, { types: ['http', 'command'] }],
    ['criticalPerHour', { criticalPerHour: 3 }, {}],
    ['criticalPerHour', { criticalPerHour: 3 }, { criticalPerHour: 4 }],
  ])('gives no grant that exceeds its own by the %s: %j, %j', (member, held, given) => {
    const act = () => giveGrant(adminWith(held), aGrant(given));
    expect(act).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    expect(act).toThrow(member);
    expect(giveGrant(ofCell, aGrant(given))).toEqual({ kind: 'grant', grant: aGrant(given) });
  });

  it.each<[Partial<Grant>, Partial<Grant>]>([
    [{}, { role: 'admin' }],
    [{ clearances: [ANY] }, { clearances: ['secret', ANY] }],
    [{ highestBand: 'high', types: ['http'], criticalPerHour: 3 }, { role: 'viewer' }],
    [
      { expiresAt: 10, project: 'web' },
      { expiresAt: 10, project: 'web' },
    ],
  ])('gives what it holds: %j, %j', (held, given) => {
    expect(giveGrant(adminWith(held), aGrant(given)).grant).toEqual(aGrant(given));
  });

  it('gives nothing with a grant that has ended, or by another role', () => {
    expect(codeOf(() => giveGrant(adminWith({ expiresAt: 5 }), aGrant({ expiresAt: 5 })))).toBe('FORBIDDEN');
    expect(codeOf(() => giveGrant(adminWith({ role: 'operator' }), aGrant()))).toBe('FORBIDDEN');
  });

  it('gives nothing in another namespace than that of its request', () => {
    const admin = { ...adminWith({ namespace: 'beta' }), namespace: 'acme' };
    expect(codeOf(() => giveGrant(admin, aGrant({ namespace: 'beta' })))).toBe('FORBIDDEN');
  });

  it('lets others run no commands when it is an agent that may not itself', () => {
    const admin = adminWith({}, 'agent');
    expect(codeOf(() => giveGrant(admin, aGrant()))).toBe('FORBIDDEN');
    expect(codeOf(() => giveGrant(admin, aGrant({ types: ['command'] })))).toBe('FORBIDDEN');
    expect(codeOf(() => giveGrant(admin, aGrant({ types: ['text.process'] })))).toBeUndefined();
    expect(
      codeOf(() => giveGrant(adminWith({ types: ['command'] }, 'agent'), aGrant({ types: ['command'] }))),
    ).toBe(undefined);
  });

  it('never gives somebody a right or a submission that it has not itself', () => {
    const request = fc.record({
      resource: resources,
      offer: offers,
      right: fc.constantFrom(...RIGHTS),
      now: times,
    });
    const kinds = fc.constantFrom<PrincipalKind>('human', 'agent');
    const held = grants.map((grant): Grant => ({ ...grant, role: 'admin', namespace: 'acme' }));
    const given = grants.map((grant): Grant => ({ ...grant, id: 'g', principal: 'eve', namespace: 'acme' }));
    fc.assert(
      fc.property(
        fc.array(held, { minLength: 1, maxLength: 3 }),
        given,
        kinds,
        request,
        (own, grant, kind, query) => {
          const { right, resource, offer, now } = query;
          const giver = compile(principalWith(own, { kind }));
          fc.pre(codeOf(() => giveGrant({ caller: giver, namespace: 'acme', now }, grant)) === undefined);
          const taker = compile(principalWith([grant], { name: 'eve', kind: 'service' }));
          if (may(taker, { right, reach: 'namespace' }, resource, now).allowed)
            expect(may(giver, { right, reach: 'namespace' }, resource, now).allowed).toBe(true);
          if (maySubmit(taker, offer, [], now).allowed)
            expect(maySubmit(giver, offer, [], now).allowed).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  const setup = () => {
    const state = new AccessTable();
    for (const change of [
      aGrant(),
      aGrant({ id: 'g2', principal: 'root', role: 'admin', namespace: ANY }),
      aGrant({ id: 'g3', principal: 'acme--chief', highestBand: 'critical' }),
      aGrant({ id: 'g4', principal: 'bob', project: 'web' }),
    ])
      state.apply({ kind: 'grant', grant: change });
    for (const [id, principal] of Object.entries({
      k1: 'root',
      k2: 'acme--bot',
      k3: 'acme--chief',
      k4: 'acme',
    }))
      state.apply({ kind: 'key', key: aKey({ id, principal }) });
    return state;
  };
  const limited = adminWith({ highestBand: 'high' });

  it('reads and removes the grants of its namespace, and of its project only where it administers that', () => {
    const state = setup();
    const idsFor = (admin: Administrator) => grantsFor(state, admin).map(({ id }) => id);
    expect(idsFor(limited)).toEqual(['g1', 'g3', 'g4']);
    expect(idsFor(adminWith({ project: 'web' }))).toEqual(['g4']);
    expect(idsFor(ofCell)).toEqual(['g1', 'g2', 'g3', 'g4']);
    expect(removeGrant(state, limited, 'g1')).toEqual({ kind: 'grant.removed', id: 'g1' });
    for (const id of ['g2', 'unknown'])
      expect(codeOf(() => removeGrant(state, limited, id))).toBe('ACCESS_NOT_FOUND');
  });

  it('reads and ends the keys of principals whose name begins with its namespace', () => {
    const state = setup();
    expect(keysFor(state, limited).map(({ id }) => id)).toEqual(['k2', 'k3']);
    expect(keysFor(state, adminWith({ project: 'web' }))).toEqual([]);
    expect(withdrawKey(state, limited, 'k2')).toMatchObject({ key: { id: 'k2', revokedAt: 5 } });
    for (const id of ['k1', 'k4', 'unknown']) {
      expect(codeOf(() => withdrawKey(state, limited, id))).toBe('ACCESS_NOT_FOUND');
      expect(codeOf(() => endKey(state, limited, { id, at: 7 }))).toBe('ACCESS_NOT_FOUND');
    }
  });

  it.each(['root', 'bob', 'acme', 'acme--', 'beta--bot', 'acme--x--y'])(
    'makes no key for %s, whose name is not of the namespace',
    (principal) => {
      expect(codeOf(() => makeKey(setup(), limited, aKey({ principal })))).toBe('FORBIDDEN');
      expect(makeKey(setup(), ofCell, aKey({ principal }))).toMatchObject({ kind: 'key' });
    },
  );

  it('makes no key for a principal that holds more than it does', () => {
    expect(codeOf(() => makeKey(setup(), limited, aKey({ principal: 'acme--chief' })))).toBe('FORBIDDEN');
    expect(makeKey(setup(), adminWith(), aKey({ principal: 'acme--chief' }))).toMatchObject({ kind: 'key' });
  });

  it('makes keys for principals with names only', () => {
    for (const principal of ['', 'a b', `a${String.fromCodePoint(0x202e)}`])
      expect(codeOf(() => makeKey(setup(), ofCell, aKey({ principal })))).toBe('INVALID_REQUEST');
  });
});

import { ANY } from '@precedent/contract-types';
import type { Grant, PrincipalKind } from '@precedent/contract-types';
import { BANDS, rankOf } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { givesByHand, grants, offers, principalWith, principals, times } from './grants.arbitraries.ts';
import { compile } from './principals.ts';
import { BUDGET_WINDOW_MS, maySubmit } from './submissions.ts';
import type { OfferedTask } from './submissions.ts';

const RUNS = { numRuns: 1_000 };
const HOUR = BUDGET_WINDOW_MS;
const NOW = 100 * HOUR;

const submitter = (extra: Partial<Grant> = {}, kind: PrincipalKind = 'human') =>
  compile(
    principalWith(
      [{ id: 'g', principal: 'ada', role: 'submitter', namespace: 'acme', project: ANY, ...extra }],
      { kind },
    ),
  );

const task = (extra: Partial<OfferedTask> = {}): OfferedTask => ({
  namespace: 'acme',
  project: 'web',
  type: 'text.process',
  band: 'normal',
  ...extra,
});

/** The rule itself, one grant at a time. */
const allowsByHand = (grant: Grant, offer: OfferedTask, spent: readonly number[], now: number): boolean => {
  const { highestBand = 'critical', criticalPerHour = Infinity } = grant;
  const recent = spent.filter((at) => at > now - HOUR).length;
  return (
    givesByHand(grant, 'submit', offer, now) &&
    (grant.types === undefined || grant.types.includes(offer.type)) &&
    rankOf(offer.band) <= rankOf(highestBand) &&
    (offer.band !== 'critical' || recent < criticalPerHour)
  );
};

describe('a submission', () => {
  it('of a person is allowed exactly if one grant allows type, band and budget', () => {
    fc.assert(
      fc.property(principals, offers, fc.array(times), times, (principal, offer, spent, now) => {
        const verdict = maySubmit(compile({ ...principal, kind: 'human' }), offer, spent, now);
        expect(verdict.allowed).toBe(principal.grants.some((one) => allowsByHand(one, offer, spent, now)));
      }),
      RUNS,
    );
  });

  it('stays allowed when a grant is added', () => {
    fc.assert(
      fc.property(principals, grants, offers, fc.array(times), (principal, more, offer, spent) => {
        const richer = compile({ ...principal, grants: [...principal.grants, more] });
        if (maySubmit(compile(principal), offer, spent, 5).allowed)
          expect(maySubmit(richer, offer, spent, 5).allowed).toBe(true);
      }),
      RUNS,
    );
  });

  it('above the highest band is refused with that band', () => {
    const ada = submitter({ highestBand: 'high' });
    const allowed = BANDS.filter((band: Band) => maySubmit(ada, task({ band }), [], NOW).allowed);
    expect(allowed).toEqual(['low', 'normal', 'high']);
    expect(maySubmit(ada, task({ band: 'critical', origin: 'interactive' }), [], NOW)).toEqual({
      allowed: false,
      hidden: false,
      problem: {
        code: 'FORBIDDEN',
        message:
          'the band "critical", which the origin "interactive" gives, is above "high", the highest that is granted in namespace acme, project web',
        details: { band: 'critical', highestBand: 'high', namespace: 'acme', project: 'web' },
      },
    });
  });

  it('of a type that no grant lists is refused', () => {
    const ada = submitter({ types: ['document.process'] });
    expect(maySubmit(ada, task({ type: 'document.process' }), [], NOW).allowed).toBe(true);
    expect(maySubmit(ada, task(), [], NOW)).toMatchObject({
      problem: { message: 'no grant allows tasks of type "text.process" in namespace acme, project web' },
    });
  });

  it('of an agent runs programs and calls hosts only where a grant names the type', () => {
    const types = ['command', 'http', 'text.process'];
    const allowed = (extra: Partial<Grant>, kind: PrincipalKind) =>
      types.filter((type) => maySubmit(submitter(extra, kind), task({ type }), [], NOW).allowed);
    expect(allowed({}, 'agent')).toEqual(['text.process']);
    expect(allowed({ types: ['command'] }, 'agent')).toEqual(['command']);
    expect(allowed({}, 'human')).toEqual(types);
    expect(allowed({}, 'service')).toEqual(types);
  });

  it('of a type that works on the whole cell needs the right to administer it', () => {
    const backup = task({ type: 'system.maintenance' });
    expect(maySubmit(submitter({ role: 'admin' }), backup, [], NOW)).toMatchObject({
      problem: { details: { right: 'administer', namespace: '*' } },
    });
    expect(maySubmit(submitter({ role: 'admin', namespace: ANY }), backup, [], NOW).allowed).toBe(true);
  });

  it('of a type that reaches all projects needs the right to submit in all of them', () => {
    const exported = task({ type: 'data.export' });
    expect(maySubmit(submitter({ project: 'web' }), exported, [], NOW)).toMatchObject({
      problem: { details: { right: 'submit', project: '*' } },
    });
    expect(maySubmit(submitter(), exported, [], NOW).allowed).toBe(true);
  });

  it('is refused by the grants that apply now, and not by what has ended', () => {
    const grant = { id: 'g', principal: 'ada', role: 'submitter', namespace: 'acme', project: ANY } as const;
    const caller = compile(
      principalWith([
        { ...grant, highestBand: 'normal' },
        { ...grant, highestBand: 'high', expiresAt: NOW },
      ]),
    );
    expect(maySubmit(caller, task({ band: 'high' }), [], NOW - 1).allowed).toBe(true);
    expect(maySubmit(caller, task({ band: 'high' }), [], NOW)).toMatchObject({
      problem: { details: { highestBand: 'normal' } },
    });
  });

  it('of an expired credential is refused', () => {
    const caller = compile({ ...submitter().principal, expiresAt: NOW });
    expect(maySubmit(caller, task(), [], NOW - 1).allowed).toBe(true);
    expect(maySubmit(caller, task(), [], NOW)).toMatchObject({
      allowed: false,
      problem: { code: 'UNAUTHENTICATED' },
    });
  });

  it('is hidden in a namespace that the caller may not read', () => {
    expect(maySubmit(submitter(), task({ namespace: 'bolt' }), [], NOW)).toMatchObject({ hidden: true });
  });
});

describe('the budget of critical tasks', () => {
  const ada = submitter({ criticalPerHour: 2 });
  const critical = task({ band: 'critical' });

  it('refuses one more than the limit, with the time until one is allowed', () => {
    const spent = [NOW - 10 * 60_000, NOW - 40 * 60_000];
    expect(maySubmit(ada, critical, spent, NOW)).toMatchObject({
      allowed: false,
      hidden: false,
      problem: { code: 'BUDGET_SPENT', retryAfterMs: 20 * 60_000 },
    });
  });

  it('is for every hour, not for hours of the clock', () => {
    const spent = [NOW - HOUR, NOW - 1];
    expect(maySubmit(ada, critical, spent, NOW).allowed).toBe(true);
    expect(maySubmit(ada, critical, spent, NOW - 1).allowed).toBe(false);
  });

  it('is the largest one of the grants that allow the task', () => {
    const grant = { id: 'g', principal: 'ada', role: 'submitter', namespace: 'acme', project: ANY } as const;
    const caller = compile(
      principalWith([
        { ...grant, criticalPerHour: 1 },
        { ...grant, criticalPerHour: 3 },
        { ...grant, highestBand: 'high' },
      ]),
    );
    const allowed = (count: number) =>
      maySubmit(
        caller,
        critical,
        Array.from({ length: count }, () => NOW),
        NOW,
      ).allowed;
    expect([allowed(1), allowed(2), allowed(3)]).toEqual([true, true, false]);
  });

  it('does not limit other bands', () => {
    expect(maySubmit(ada, task({ band: 'high' }), [NOW, NOW, NOW], NOW).allowed).toBe(true);
  });

  it('allows the task after the time it gave, and not a millisecond sooner', () => {
    const spentTimes = fc.array(fc.integer({ min: NOW - 2 * HOUR, max: NOW }), { maxLength: 6 });
    fc.assert(
      fc.property(spentTimes, fc.integer({ min: 1, max: 3 }), (spent, criticalPerHour) => {
        const caller = submitter({ criticalPerHour });
        const verdict = maySubmit(caller, critical, spent, NOW);
        if (verdict.allowed) return;
        const wait = verdict.problem.retryAfterMs ?? Number.NaN;
        expect(maySubmit(caller, critical, spent, NOW + wait - 1).allowed).toBe(false);
        expect(maySubmit(caller, critical, spent, NOW + wait).allowed).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('a delivery to a webhook', () => {
  it('is submitted by no principal, whatever it holds', () => {
    const admin = submitter({ role: 'admin', namespace: ANY, types: ['webhook.deliver'], clearances: [ANY] });
    expect(maySubmit(admin, task({ type: 'webhook.deliver' }), [], NOW)).toMatchObject({
      allowed: false,
      problem: {
        code: 'FORBIDDEN',
        message: 'tasks of type "webhook.deliver" are submitted by gateways only',
      },
    });
    expect(maySubmit(submitter(), task(), [], NOW).allowed).toBe(true);
  });
});

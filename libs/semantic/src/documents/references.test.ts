import { describe, expect, it } from 'vitest';
import { exactTermsIn } from './references.ts';

describe('exactTermsIn', () => {
  it.each([
    ['error:0308010C:digital envelope routines::unsupported', ['error:0308010c:digital', '0308010c']],
    ['psycopg2.OperationalError: no', ['psycopg2.operationalerror', 'psycopg2', 'operationalerror']],
    ['SQLSTATE 42601, job 001789', ['sqlstate', '42601', '001789']],
    ['npm error code ERESOLVE', ['eresolve']],
    ['open /srv/app/ledger.db', ['srv/app/ledger.db', 'ledger.db']],
  ])('finds the codes and names of "%s", whole and by parts', (text, terms) => {
    expect(exactTermsIn(text, 64)).toEqual(expect.arrayContaining(terms));
  });

  it('finds no plain words, times and durations', () => {
    expect(exactTermsIn('12:00:01 it was slow on 2026-11-20 after 300ms', 64)).toEqual([]);
  });

  it('returns at most as many terms as requested, the first ones', () => {
    expect(exactTermsIn('E1001 E1002 E1003', 2)).toEqual(['e1001', 'e1002']);
  });
});

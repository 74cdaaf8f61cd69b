import { ANY } from '@precedent/contract-types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGrant } from './check-grant.ts';

const least = { id: 'g1', principal: 'ada@example.org', role: 'viewer', namespace: 'acme', project: ANY };
const whole = {
  ...least,
  highestBand: 'high',
  types: ['command', 'document.process'],
  criticalPerHour: 10,
  clearances: ['secret', ANY],
  expiresAt: 1_800_000_000_000,
};

const fieldsOf = (input: unknown): readonly string[] => {
  const checked = checkGrant(input);
  return 'code' in checked ? (checked.issues ?? []).map(({ field }) => field) : [];
};

describe('a grant from outside', () => {
  it.each([[least], [whole], [{ ...least, namespace: ANY }], [{ ...least, project: 'web' }]])(
    'is accepted: %j',
    (input) => {
      expect(checkGrant(input)).toEqual(input);
    },
  );

  it.each([
    ['namespace', '>'],
    ['namespace', 'a.b'],
    ['namespace', '**'],
    ['namespace', 'acme.*'],
    ['namespace', ' acme'],
    ['namespace', ''],
    ['namespace', undefined],
    ['namespace', 'a'.repeat(65)],
    ['project', '>'],
    ['project', 'a b'],
    ['id', 'g.1'],
    ['id', '*'],
    ['principal', ''],
    ['principal', 'ada lovelace'],
    ['principal', 'ada\u0000'],
    ['principal', 'ada\u202e'],
    ['principal', 'a'.repeat(513)],
    ['role', 'root'],
    ['role', 'toString'],
    ['role', 7],
    ['highestBand', 'urgent'],
    ['types', 'command'],
    ['types', ['*']],
    ['types', ['a..b']],
    ['types', ['a'.repeat(101)]],
    ['types', Array.from({ length: 201 }, () => 'a')],
    ['criticalPerHour', 0],
    ['criticalPerHour', 1.5],
    ['criticalPerHour', Number.NaN],
    ['criticalPerHour', 1_000_001],
    ['clearances', ['a.b']],
    ['expiresAt', '2027-01-01'],
    ['expiresAt', 8_640_000_000_000_001],
    ['right', 'read'],
    ['__proto__x', {}],
  ])('is refused for its %s %j', (field, value) => {
    expect(fieldsOf({ ...least, [field]: value })).toEqual([field]);
  });

  it('names the field, what is expected of it and what came', () => {
    expect(checkGrant({ ...least, namespace: 'a.b' })).toEqual({
      code: 'INVALID_REQUEST',
      message:
        'the grant is not valid: namespace: expected 1 to 64 letters, digits, "_" and "-", or exactly "*" for the whole cell; got "a.b"',
      issues: [
        {
          field: 'namespace',
          message:
            'expected 1 to 64 letters, digits, "_" and "-", or exactly "*" for the whole cell; got "a.b"',
        },
      ],
    });
  });

  it('names every field that is wrong', () => {
    expect(fieldsOf({ ...least, role: 1, types: 2 })).toEqual(['role', 'types']);
    expect(fieldsOf({})).toEqual(['id', 'principal', 'role', 'namespace', 'project']);
  });

  it('of every namespace is for every project', () => {
    expect(fieldsOf({ ...least, namespace: ANY, project: 'web' })).toEqual(['project']);
  });

  it('is checked whatever came', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const checked = checkGrant(value);
        const message = 'code' in checked ? checked.message : '';
        expect(message).toContain('the grant is not valid');
        expect(checkGrant(JSON.parse(`{"__proto__": ${JSON.stringify(value)}}`))).toHaveProperty('code');
      }),
    );
  });
});

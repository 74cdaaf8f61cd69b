import { describe, expect, it } from 'vitest';
import type { Input } from './input-facts.ts';
import { inputFacts } from './input-facts.ts';

const hash = (input: Input, id = 'a'): string | undefined => inputFacts(input, id).inputHash;

describe('the inputHash of inputFacts', () => {
  const base: Input = { command: 'import', args: ['--shop', 'berlin'], payload: { rows: 4, day: 'mon' } };

  it('is equal for equal inputs', () => {
    expect(hash(base)).toBe(hash({ ...base, payload: { day: 'mon', rows: 4 } }, 'b'));
  });

  it.each<[string, Partial<Input>]>([
    ['a value of the payload', { payload: { rows: 4, day: 'tue' } }],
    ['an argument', { args: ['--shop', 'paris'] }],
    ['the folder', { cwd: '/srv' }],
    ['a variable', { env: { MODE: 'fast' } }],
  ])('differs for inputs with different %s', (_, other) => {
    expect(hash({ ...base, ...other })).not.toBe(hash(base));
  });

  it('is unique to the task when the input has redacted parts or is too long', () => {
    for (const payload of [{ to: 'ada@example.com' }, { token: 'x1' }, { text: 'a '.repeat(20_000) }])
      expect(hash({ payload }, 'a')).not.toBe(hash({ payload }, 'b'));
    const login = { command: 'mysql', args: ['-p', 'horse'] };
    expect(hash(login, 'a')).not.toBe(hash(login, 'b'));
  });

  it('counts a secret variable by its name', () => {
    const env = (value: string): Input => ({ command: 'x', env: { DB_PASSWORD: value } });
    expect(hash(env('one'))).toBe(hash(env('two'), 'b'));
  });
});

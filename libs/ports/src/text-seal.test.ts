import { describe, expect, it } from 'vitest';
import { textSeal } from './text-seal.ts';

const SECRET = 'a secret of more than 32 characters';

describe('a sealed text', () => {
  it('is opened by another program with the same secret, in the same context', () => {
    const sealed = textSeal(SECRET, 'cursor').seal('place 7', 'list of acme');
    expect(textSeal(SECRET, 'cursor').open(sealed, 'list of acme')).toBe('place 7');
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(Buffer.from(sealed, 'base64url').toString()).not.toContain('place');
  });

  it('is not opened with another secret, purpose or context', () => {
    const sealed = textSeal(SECRET, 'cursor').seal('place 7', 'list of acme');
    expect(textSeal(`${SECRET}!`, 'cursor').open(sealed, 'list of acme')).toBeUndefined();
    expect(textSeal(SECRET, 'handle').open(sealed, 'list of acme')).toBeUndefined();
    expect(textSeal(SECRET, 'cursor').open(sealed, 'list of beta')).toBeUndefined();
  });

  it('is not opened when any character of it was changed, added or left out', () => {
    const seal = textSeal(SECRET, 'cursor');
    const sealed = seal.seal('place 7', '');
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const changed = [`${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`, sealed.slice(0, at)];
      for (const one of changed) expect([one, seal.open(one, '')]).toEqual([one, undefined]);
    }
    for (const one of [`${sealed}A`, `${sealed}=`, `${sealed}\n`, ''])
      expect(seal.open(one, '')).toBeUndefined();
  });
});

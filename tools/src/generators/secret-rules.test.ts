import { describe, expect, it } from 'vitest';
import { inJavaScript, secretRulesModule, secretRulesOf } from './secret-rules.ts';

const END = String.raw`(?:[\x60'"\s;]|\\[nr]|$)`;
const SIGN = String.raw`(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`;
const rule = (id: string, regex: string, more = ''): string =>
  `[[rules]]\nid = "${id}"\nregex = '''${regex}'''\nkeywords = ["Word"]\n${more}\n`;

describe('the rules of gitleaks', () => {
  it('become forms without the end of a line of code, and names with the value behind them', () => {
    const toml =
      rule('a-token', String.raw`\b(a_(?i)[a-z]{9})${END}`) +
      rule('b-token', String.raw`(?i)[\w.-]{0,50}?(?:acme)${SIGN}([a-z0-9]{17})${END}`, 'entropy = 3');
    expect(secretRulesOf(toml)).toEqual([
      { id: 'a-token', keywords: ['word'], form: String.raw`\b(?:a_(?i:[a-z]{9}))` },
      {
        id: 'b-token',
        keywords: ['word'],
        name: '(?i:(?:acme))',
        form: '(?i:(?:[a-z0-9]{17}))',
        entropy: 3,
      },
    ]);
  });

  it('are taken with the rest of a longer word where they name no end', () => {
    expect(secretRulesOf(rule('a-token', 'a_[a-z]{9}'))).toMatchObject([
      { form: String.raw`a_[a-z]{9}[\w-]*` },
    ]);
  });

  it('are left out where they are about files, ids or any text', () => {
    expect(
      secretRulesOf(
        rule('generic-api-key', 'x') + rule('x-client-id', 'x') + rule('y', 'x', `path = '''\\.p12$'''`),
      ),
    ).toEqual([]);
  });

  it('are one row each of a module that states its source', () => {
    const text = secretRulesModule(rule('a-token', 'a_[a-z]{9}'), 'gitleaks 1.2.3 (2026-01-01)');
    expect(text).toContain('from the rules of gitleaks 1.2.3 (2026-01-01): do not edit');
    expect(text).toContain(
      "\n  { id: 'a-token', keywords: ['word'], form: String.raw`a_[a-z]{9}[\\w-]*` },\n",
    );
  });
});

describe('a pattern of RE2 in JavaScript', () => {
  it.each([
    ['a(?i)b', 'a(?i:b)'],
    ['(x(?i)y)z', '(?:x(?i:y))z'],
    ['[(](a)', '[(](?:a)'],
    ['[[:alnum:]]{3}', '[A-Za-z0-9]{3}'],
    ['(?P<n>a)', '(?:a)'],
  ])('%s is %s', (from, to) => {
    expect(inJavaScript(from)).toBe(to);
    expect(() => new RegExp(to)).not.toThrow();
  });

  it('is refused where a flag would reach over alternatives', () => {
    expect(() => inJavaScript('a(?i)b|c')).toThrow('a flag before alternatives');
    expect(inJavaScript('a(?i)(b|c)')).toBe('a(?i:(?:b|c))');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locateFaults, scanJson } from './json-faults.ts';

const faultsIn = (text: string): string[] =>
  scanJson(text).faults.map(({ at, length }) => text.slice(at, at + length));

const pathsIn = (text: string): string[] =>
  locateFaults(text, scanJson(text).faults).map(({ path }) => path.join('.'));

describe('scanJson', () => {
  it.each([
    '9007199254740993',
    '12345678901234567890',
    '1152921504606846976',
    '1e400',
    '1E+400',
    '1e-400',
    '0.0000001e-330',
    '9.007199254740993e15',
    '9007199254740993.0',
    '12345678901234567.89',
    '-12345678901234567890',
  ])('finds that the number %s would be changed', (token) => {
    for (const text of [token, `[${token}]`, `{"a":${token},"b":1}`, ` ${token} `])
      expect(faultsIn(text)).toEqual([token.replace('-1', '1')]);
  });

  it.each([
    '0',
    '-0',
    '9007199254740992',
    '1000000000000000000000',
    '1152921504606847000',
    '1e3',
    '1e22',
    '1.7976931348623157e308',
    '5e-324',
    '0e999',
    '0.0',
    '3.141592653589793238',
    '0.10000000000000001',
    '1e-99',
    'true',
    '"12345678901234567890"',
    String.raw`"\"12345678901234567890, 1e400"`,
  ])('lets %s pass', (text) => {
    expect(faultsIn(text)).toEqual([]);
  });

  it('finds nothing in any value that JavaScript writes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value, x) => {
          expect(scanJson(JSON.stringify([value, x, x * 1e300, Math.trunc(x)])).faults).toEqual([]);
        },
      ),
    );
  });

  it('finds every whole number that does not come out as it went in', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n }), (whole) => {
        const text = String(whole);
        const isExact = BigInt(Number(text)) === whole && JSON.stringify(Number(text)) === text;
        // A power of ten may be written with an exponent and be the same.
        if (isExact || whole % 10_000n !== 0n) expect(faultsIn(text)).toEqual(isExact ? [] : [text]);
      }),
    );
  });

  it('finds halves of surrogate pairs, and no whole pair', () => {
    expect(faultsIn(String.raw`"a\ud83d"`)).toEqual([String.raw`\ud83d`]);
    expect(faultsIn(String.raw`"\uDE00\ud83d\ud83d\ude00"`)).toEqual([
      String.raw`\uDE00`,
      String.raw`\ud83d`,
    ]);
    expect(faultsIn(String.raw`"\ud83d\ude00 😀 \u00e9 \\ud83d"`)).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0xd7fe, max: 0xe001 })), (units) => {
        const text = units.map((unit) => String.raw`\u` + unit.toString(16)).join('');
        expect(faultsIn(`"${text}"`).length === 0).toBe(String.fromCharCode(...units).isWellFormed());
      }),
    );
  });

  it('knows how much longer a value may be when it is written again', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.bigInt(1n, 999n), fc.integer({ min: -400, max: 308 }))), (numbers) => {
        const text = `[${numbers.map(([digits, power]) => `${digits}e${power}`).join(',')}]`;
        const { growth } = scanJson(text);
        expect(JSON.stringify(JSON.parse(text)).length).toBeLessThanOrEqual(text.length + growth);
      }),
    );
    expect(scanJson('[1000000000000000000000,0.000001,"1e20"]').growth).toBe(0);
  });

  it('counts the levels, also where they would overflow a stack, and not those in texts', () => {
    expect(scanJson('1').depth).toBe(0);
    expect(scanJson('{"a":[1,{"b":[]}],"c":"[[[[[[{{{"}').depth).toBe(4);
    expect(scanJson('['.repeat(1_000_000)).depth).toBe(1_000_000);
  });
});

describe('locateFaults', () => {
  it('names the field of each fault', () => {
    const text = String.raw`{"a":[1,{"b c":1e999}],"d":{"e":[],"\u0066":[[],"x\ud800"]},"g":12345678901234567890}`;
    expect(pathsIn(text)).toEqual(['a.1.b c', 'd.f.1', 'g']);
    expect(pathsIn(`[0,"a,b]",12345678901234567890]`)).toEqual(['2']);
    expect(pathsIn(String.raw`{"x":{"\ud800":1}}`)).toEqual(['x.\ud800']);
    expect(pathsIn('1e999')).toEqual(['']);
  });

  it('names no more of a deep path than a message needs', () => {
    const text = `${'['.repeat(500_000)}1e999${']'.repeat(500_000)}`;
    expect(pathsIn(text)).toEqual([Array.from({ length: 16 }, () => 0).join('.')]);
  });
});

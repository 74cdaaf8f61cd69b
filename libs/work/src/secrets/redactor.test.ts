import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MASK, redactorOf } from './redactor.ts';

const SECRET = 'hunter2-and-more';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a stream gives for a text in these pieces. */
const streamed = (secrets: readonly string[], pieces: readonly string[]): string => {
  const stream = redactorOf(secrets).stream();
  return [...pieces.map((piece) => stream.push(piece)), stream.end()].join('');
};

const secrets = fc.array(fc.stringMatching(/^[a-cXYZ0-9+/=-]{6,40}$/), { minLength: 1, maxLength: 4 });
/** Texts of the same characters, with secrets, their beginnings and their base64 in between. */
const world = secrets.chain((all) => {
  const part = fc.oneof(
    fc.stringMatching(/^[a-c X\n]{0,12}$/),
    fc.constantFrom(...all),
    fc.tuple(fc.constantFrom(...all), fc.nat(20)).map(([one, length]) => one.slice(0, length)),
    fc
      .tuple(fc.constantFrom(...all), fc.stringMatching(/^[a-z]{0,5}$/))
      .map(([one, before]) => base64(before + one)),
  );
  return fc.record({ secrets: fc.constant(all), pieces: fc.array(part, { maxLength: 12 }) });
});

const cutUp = (text: string, cuts: readonly number[]): string[] => {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted((a, b) => a - b);
  return places.slice(1).map((to, at) => text.slice(places[at], to));
};

describe('a redactor', () => {
  it('gives the same for a text however it is cut', () => {
    fc.assert(
      fc.property(world, fc.array(fc.nat(), { maxLength: 20 }), ({ secrets: all, pieces }, cuts) => {
        const text = pieces.join('');
        expect(streamed(all, cutUp(text, cuts))).toBe(streamed(all, [text]));
      }),
    );
  });

  it('lets no secret through, as it is or with other line ends', () => {
    fc.assert(
      fc.property(world, fc.array(fc.nat(), { maxLength: 20 }), ({ secrets: all, pieces }, cuts) => {
        const out = streamed(all, cutUp(pieces.join(''), cuts))
          .replaceAll(MASK, '\0')
          .replaceAll('\n', '');
        for (const secret of all) expect(out).not.toContain(secret);
      }),
    );
  });

  it('lets no secret through within base64, whatever is before and after it', () => {
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), fc.array(fc.nat()), (all, before, after, cuts) => {
        const [secret = ''] = all;
        const wrapped = base64(before + secret + after).replaceAll(/(.{76})/g, '$1\n');
        const out = streamed(all, cutUp(wrapped, cuts)).replaceAll('\n', '');
        const offset = Buffer.byteLength(before);
        const inner = base64('\0'.repeat(offset % 3) + secret).slice(2 * (offset % 3), -4);
        expect(out).not.toContain(inner);
      }),
    );
  });

  it('changes nothing in a text without secrets, and holds nothing back that cannot be one', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-gA-G \n]*$/)), (pieces) => {
        expect(streamed(['123456789', '!&%/secret'], pieces)).toBe(pieces.join(''));
      }),
    );
    expect(redactorOf([SECRET]).stream().push('password: ')).toBe('password: ');
    expect(redactorOf([SECRET]).stream().push('password: hunt')).toBe('password: ');
  });

  it('replaces escaped forms, and a secret of several lines', () => {
    const pem = '-----BEGIN KEY-----\nMIIEvQ+/aa\n-----END KEY-----\n';
    const { text } = redactorOf([pem, 'p@ss word&1']);
    expect(text(`{"key":${JSON.stringify(pem)}}`)).toBe(`{"key":"${MASK}"}`);
    expect(text(`a ${pem.replaceAll('\n', '\r\n')}b`)).not.toContain('MII');
    expect(text('?q=p%40ss%20word%261&x')).toBe(`?q=${MASK}&x`);
  });

  it('replaces the parts of a secret that was cut', () => {
    const { text } = redactorOf([SECRET]);
    expect(text('-and-more is the end')).toBe(`${MASK} is the end`);
    expect(text('begins with hunter2-')).toBe(`begins with ${MASK}`);
    expect(text('cut: hunter2-a… and so on')).toBe(`cut: ${MASK}… and so on`);
    expect(text('a hunter')).toBe(`a ${MASK}`);
    expect(text('a hunter is no secret')).toBe('a hunter is no secret');
  });

  it('replaces the longer of two secrets that begin alike', () => {
    expect(streamed(['secret-1', 'secret-1-long'], ['secret-', '1', '-lo', 'ng!'])).toBe(`${MASK}!`);
    expect(streamed(['secret-1', 'secret-1-long'], ['secret-', '1', ' x'])).toBe(`${MASK} x`);
  });
});

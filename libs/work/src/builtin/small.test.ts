import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvCell, csvRow } from './records/csv.ts';
import { htmlText, markdownText } from './records/report-text.ts';
import { pointUuid } from './uuid5.ts';
import { firstCentres, round } from './vectors/k-means.ts';

test('a UUID is of version 5, the same for the same names, and of no others', () => {
  expect(pointUuid('a', 'b')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(pointUuid('a', 'b')).toBe(pointUuid('a', 'b'));
  const names = [['a', 'b'], ['ab'], ['a', 'b', ''], ['b', 'a'], ['a","b']];
  expect(new Set(names.map((one) => pointUuid(...one))).size).toBe(names.length);
});

test('ids of points never change: they are in the indexes of others', () => {
  expect(pointUuid('default', 'docs', '/a.md', '0')).toBe('2774f66f-2bd4-583a-ad96-e242be8c9428');
});

test('a CSV row reads back as what it was, but for the quote before a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (texts) => {
      const cells = parsedRow(csvRow(texts));
      expect(cells.map((cell, i) => (texts[i] === cell ? cell : cell.replace(/^'/, '')))).toEqual(texts);
      for (const cell of cells) expect(cell).not.toMatch(/^\s*[=+\-@]/);
    }),
  );
  expect([undefined, null, -1, true, ['=a'], { a: 1 }].map(csvCell)).toEqual([
    '',
    '',
    '-1',
    'true',
    '"[""=a""]"',
    '"{""a"":1}"',
  ]);
});

/** One row, by RFC 4180. */
const parsedRow = (row: string): string[] => {
  const cells = [...`,${row.replace(/\r\n$/, '')}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
};

test('escaped texts hold nothing that is anything but text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", '|', '`', '[', ']', '\\', '\n', 'a') }),
      (text) => {
        expect(htmlText(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        expect(markdownText(text)).not.toMatch(/[<>\n]|(?<!\\)(\\\\)*[|`[\]]/);
      },
    ),
  );
});

test('a round of k-means never makes it worse, and begins with vectors that are there', () => {
  const vectors = fc
    .array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 2 }), {
      minLength: 1,
      maxLength: 30,
    })
    .map((all) => all.map((one) => Float32Array.from(one)));
  fc.assert(
    fc.property(vectors, fc.integer({ min: 1, max: 6 }), fc.integer(), (all, clusters, seed) => {
      let drawn = 0;
      const random = (): number =>
        createHash('md5').update(`${seed}/${drawn++}`).digest().readUInt32BE() / 2 ** 32;
      const centres = firstCentres(all, clusters, random);
      expect(centres.every((centre) => all.some((one) => one === centre))).toBe(true);
      const first = round(all, centres);
      expect(round(all, first.centres).inertia).toBeLessThanOrEqual(first.inertia + 1e-3);
    }),
  );
});

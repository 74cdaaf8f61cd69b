import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { styled, withoutMarks } from './style.ts';
import { streamLine, tableText } from './table.ts';
import type { Column } from './table.ts';
import { cutToWidth, displayWidth } from './width.ts';

const COLUMNS: readonly (Column | string)[] = [
  { heading: 'id', shorten: (ids) => ids.map((id) => id.slice(0, 4)) },
  'state',
  { heading: 'pool', drop: 1 },
  { heading: 'task', min: 8 },
  { heading: 'note', min: 10 },
];
const ROW = ['0123456789', 'failed', 'default', 'sh -c "make all"', 'exit 2: no rule to make target'];

const plain: typeof tableText = (...options) => withoutMarks(tableText(...options));

describe('a table', () => {
  it('has all of every cell where there is room', () => {
    expect(plain(COLUMNS, [ROW], { columns: Number.POSITIVE_INFINITY })).toBe(
      'ID          STATE   POOL     TASK              NOTE\n' +
        '0123456789  failed  default  sh -c "make all"  exit 2: no rule to make target\n',
    );
  });

  it('shortens first, then leaves columns out, then cuts the widest cells', () => {
    expect(plain(COLUMNS, [ROW], { columns: 72 })).toBe(
      'ID    STATE   POOL     TASK              NOTE\n' +
        '0123  failed  default  sh -c "make all"  exit 2: no rule to make target\n',
    );
    expect(plain(COLUMNS, [ROW], { columns: 36 })).toBe(
      'ID    STATE   TASK        NOTE\n0123  failed  sh -c "ma…  exit 2: n…\n',
    );
  });

  it('has one line for each row, no wider than the terminal, whatever is in the cells', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('数据库'.repeat(9), '👩‍👩‍👧'.repeat(9), 'e\u0301'.repeat(40), '\n\u001b[2J\u202e'),
    );
    const rows = fc.array(
      fc.tuple(fc.constant('0123456789'), fc.constant('failed'), fc.constant('p'), cell, cell),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(rows, fc.integer({ min: 40, max: 100 }), (cells, columns) => {
        const lines = tableText(COLUMNS, cells, { columns }).split('\n');
        expect(lines).toHaveLength(cells.length + 2);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('lines wide characters up by the columns that they take', () => {
    expect(
      plain(
        ['a', 'b'],
        [
          ['数据', 'x'],
          ['👩‍👩‍👧', 'y'],
          ['e\u0301', 'z'],
        ],
        { columns: 80 },
      ),
    ).toBe('A     B\n数据  x\n👩‍👩‍👧    y\ne\u0301     z\n');
  });

  it('cuts between characters as people see them', () => {
    expect(cutToWidth('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5)).toBe('👩‍👩‍👧👩‍👩‍👧…');
    expect(cutToWidth('数据库系统', 6)).toBe('数据…');
    expect(cutToWidth('e\u0301e\u0301e\u0301e\u0301', 3)).toBe('e\u0301e\u0301…');
  });

  it('cuts the text of a cell and never its style', () => {
    const rows = [['1', 'x', 'p', { text: 'red '.repeat(20), style: 'bad' as const }, '']];
    const [, line = ''] = tableText(COLUMNS, rows, { columns: 30 }).split('\n');
    expect(line.endsWith(styled('…', 'bad').slice(1))).toBe(true);
    expect(displayWidth(line)).toBeLessThanOrEqual(30);
  });
});

describe('a line of a stream', () => {
  it('shares what is left between the texts, and cuts nothing in a pipe', () => {
    const cells = ['12:00:00', 'failed', 'x'.repeat(60), 'y'.repeat(60)];
    const line = streamLine([8, 9, 'share', 'share'], cells, { columns: 50 });
    expect(line).toBe(`12:00:00  failed     ${'x'.repeat(12)}…  ${'y'.repeat(13)}…\n`);
    expect(streamLine([8, 9, 'share', 'share'], cells, { columns: Number.POSITIVE_INFINITY })).toContain(
      'y'.repeat(60),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { isUtf16, withoutByteOrderMark } from './byte-order.ts';

describe('the byte order mark', () => {
  it('is taken off a text, once, and only at its beginning', () => {
    expect(withoutByteOrderMark('\ufeff{"a": 1}')).toBe('{"a": 1}');
    expect(withoutByteOrderMark('a\ufeff')).toBe('a\ufeff');
  });

  it('tells UTF-16 of either order, also where it is left out', () => {
    const read = (bytes: Buffer): boolean => isUtf16(bytes.toString('utf8'));
    expect(read(Buffer.from('\ufeff{"a": 1}', 'utf16le'))).toBe(true);
    expect(read(Buffer.from('\ufeff{"a": 1}', 'utf16le').swap16())).toBe(true);
    expect(read(Buffer.from('{"a": 1}', 'utf16le'))).toBe(true);
    expect(read(Buffer.from('{"a": 1}', 'utf16le').swap16())).toBe(true);
    expect(read(Buffer.from('\ufeff{"ä": "数"}'))).toBe(false);
    expect(read(Buffer.from(''))).toBe(false);
  });
});

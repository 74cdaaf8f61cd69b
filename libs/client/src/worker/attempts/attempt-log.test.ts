import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '@precedent/contracts';
import type { LogChunk } from '@precedent/contract-types';
import { AttemptLog } from './attempt-log.ts';

interface Made {
  readonly sink: AttemptLog;
  readonly chunks: LogChunk[];
  /** Lets every store under way end. */
  readonly stored: () => void;
}

const make = (capBytes: number): Made => {
  const chunks: LogChunk[] = [];
  const open: (() => void)[] = [];
  const store = (chunk: LogChunk): Promise<void> => {
    chunks.push(chunk);
    return new Promise((resolve) => open.push(resolve));
  };
  const sink = new AttemptLog({ id: 'a', epoch: 2, attempt: 1, capBytes, store, now: () => 9 });
  return { sink, chunks, stored: () => open.splice(0).forEach((resolve) => resolve()) };
};

const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('the log of an attempt', () => {
  it('is gathered, keeps its order, and says where it came from', async () => {
    const { sink, chunks, stored } = make(1_000);
    sink.write('stdout', 'a');
    sink.write('stdout', 'b\n');
    sink.write('stderr', 'c');
    sink.write('stdout', 'd');
    const closed = sink.close();
    stored();
    await closed;
    const base = { id: 'a', epoch: 2, attempt: 1, at: 9 };
    expect(chunks).toEqual([
      { ...base, stream: 'stdout', text: 'ab\n' },
      { ...base, stream: 'stderr', text: 'c' },
      { ...base, stream: 'stdout', text: 'd' },
    ]);
  });

  it('puts each call of a handler on a line of its own', async () => {
    const { sink, chunks, stored } = make(1_000);
    for (const line of ['one', 'two\n', 'three']) sink.write('log', line);
    const closed = sink.close();
    stored();
    await closed;
    expect(chunks.map(({ text }) => text)).toEqual(['one\ntwo\nthree']);
  });

  it('is closed only when everything is stored', async () => {
    const { sink, stored } = make(1_000);
    sink.write('log', 'one');
    let isClosed = false;
    const closed = sink.close().then(() => {
      isClosed = true;
    });
    await Promise.resolve();
    expect(isClosed).toBe(false);
    stored();
    await closed;
  });

  it('keeps the cap, says once that it did, and breaks no character', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 200 }), (written, cap) => {
        const { sink, chunks } = make(cap);
        for (const text of written) sink.write('stdout', text);
        void sink.close();
        const stored = chunks.map(({ text }) => text).join('');
        const all = written.join('');
        expect(bytes(stored)).toBeLessThanOrEqual(cap);
        expect(all.startsWith(stored)).toBe(true);
        expect(stored).toBe(new TextDecoder().decode(new TextEncoder().encode(stored)));
        const truncations = chunks.filter(({ truncated }) => truncated);
        expect(truncations).toHaveLength(bytes(all) > cap ? 1 : 0);
      }),
    );
  });

  it('cuts long texts into chunks within the limit, and loses nothing', () => {
    const { sink, chunks } = make(10_000_000);
    const text = '日👍'.repeat(30_000);
    sink.write('stdout', text);
    void sink.close();
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(text);
    for (const chunk of chunks) {
      expect(bytes(chunk.text)).toBeLessThanOrEqual(LIMITS.logChunkBytes);
      expect(chunk.text.isWellFormed()).toBe(true);
    }
  });
});

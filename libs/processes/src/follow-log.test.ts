import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { followLog } from './follow-log.ts';

const setup = (content?: string) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-log-'));
  const file = path.join(folder, 'server.log');
  if (content !== undefined) writeFileSync(file, content);
  const lines: string[] = [];
  const follower = followLog(file, (line) => void lines.push(line));
  onTestFinished(() => {
    follower.close();
    rmSync(folder, { recursive: true });
  });
  return { folder, file, lines, follower, append: (text: string) => appendFileSync(file, text) };
};

describe('a log that is followed', () => {
  it('gives the lines that are appended, each once and when it is whole', () => {
    const { append, follower, lines } = setup('before\n');
    follower.read();
    append('one\ntw');
    follower.read();
    expect(lines).toEqual(['one']);
    append('o\n');
    follower.read();
    follower.read();
    expect(lines).toEqual(['one', 'two']);
  });

  it('gives a character whole whose bytes were written one by one', () => {
    const { file, follower, lines } = setup('');
    for (const byte of Buffer.from('é\n')) {
      appendFileSync(file, Buffer.from([byte]));
      follower.read();
    }
    expect(lines).toEqual(['é']);
  });

  it('goes on in the file that takes its place, after the rest of the one before', () => {
    const { folder, file, append, follower, lines } = setup('');
    append('one\n');
    follower.read();
    append('two\n');
    renameSync(file, path.join(folder, 'server.log.1'));
    follower.read();
    writeFileSync(file, 'three\n');
    follower.read();
    append('four\n');
    follower.read();
    expect(lines).toEqual(['one', 'two', 'three', 'four']);
  });

  it('begins with a file that is made later, and again with one that was emptied', () => {
    const { file, append, follower, lines } = setup();
    follower.read();
    writeFileSync(file, 'one\n');
    follower.read();
    truncateSync(file);
    follower.read();
    append('2\n');
    follower.read();
    expect(lines).toEqual(['one', '2']);
  });

  it('is read in pieces, and gives a line that is longer than it may be without its start', () => {
    const { append, follower, lines } = setup('');
    append(`${'x'.repeat(3_000_000)}end\n${'short\n'.repeat(300_000)}`);
    follower.read();
    expect(lines).toHaveLength(300_001);
    expect(lines[0]?.endsWith('xend')).toBe(true);
  });
});

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NATS_NEEDED_BYTES, checkNatsDiskSpace } from './nats-disk-space.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-room-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe('checkNatsRoom', () => {
  it('refuses a disk that is too small for a new store, with what is there and what is needed', () => {
    const dir = newFolder();
    expect(() => checkNatsDiskSpace(dir, () => 100 * 1024 * 1024)).toThrow(
      expect.objectContaining({
        code: 'JOURNAL_UNAVAILABLE',
        message: `the disk of ${dir} has 100 MiB free; a new data folder needs 278 MiB`,
      }),
    );
  });

  it('takes a disk with just enough room', () => {
    checkNatsDiskSpace(newFolder(), () => NATS_NEEDED_BYTES);
  });

  it('takes a store that is there, which has reserved what it needs', () => {
    const dir = newFolder();
    mkdirSync(path.join(dir, 'nats/store/jetstream'), { recursive: true });
    checkNatsDiskSpace(dir, () => 0);
  });

  it('knows what is free on a real disk', () => {
    expect(() => checkNatsDiskSpace('/proc')).toThrow('/proc has 0 MiB free');
  });
});

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { qdrantFolder } from './qdrant-folder.ts';
import { qdrantApiKey } from './qdrant-key.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe('qdrantApiKey', () => {
  it('makes a key of its own for each folder, which stays the same', () => {
    const [one, two] = [newFolder(), newFolder()];
    const key = qdrantApiKey(one);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(qdrantApiKey(one)).toBe(key);
    expect(qdrantApiKey(two)).not.toBe(key);
  });

  it('keeps the key where only the owner reads it', () => {
    const folder = newFolder();
    qdrantApiKey(folder);
    expect(statSync(qdrantFolder(folder).apiKey).mode & 0o777).toBe(0o600);
    expect(statSync(qdrantFolder(folder).dir).mode & 0o777).toBe(0o700);
  });
});

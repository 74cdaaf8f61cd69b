import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { moveStreams } from './nats-account-store.ts';

const setup = (...accounts: string[]) => {
  const store = mkdtempSync(path.join(tmpdir(), 'precedent-store-'));
  onTestFinished(() => rmSync(store, { recursive: true, force: true }));
  const streamsOf = (account: string): string => path.join(store, 'jetstream', account, 'streams');
  for (const account of accounts)
    mkdirSync(path.join(streamsOf(account), `stream of ${account}`), { recursive: true });
  const has = (account: string, of: string): boolean =>
    existsSync(path.join(streamsOf(account), `stream of ${of}`));
  return { store, has };
};

const closed = { isClosed: true, isEncrypted: false };
const open = { isClosed: false, isEncrypted: false };

describe('moving the streams of a server to another account', () => {
  it('moves them when credentials become required, and back', () => {
    const { store, has } = setup('$G');
    moveStreams(store, closed);
    expect([has('PRECEDENT', '$G'), has('$G', '$G')]).toEqual([true, false]);
    moveStreams(store, open);
    expect([has('PRECEDENT', '$G'), has('$G', '$G')]).toEqual([false, true]);
  });

  it('does nothing when they are there already, and on an empty folder', () => {
    const { store, has } = setup('PRECEDENT');
    moveStreams(store, closed);
    expect(has('PRECEDENT', 'PRECEDENT')).toBe(true);
    expect(() => moveStreams(setup().store, closed)).not.toThrow();
  });

  it('never replaces streams by others', () => {
    const { store, has } = setup('$G', 'PRECEDENT');
    moveStreams(store, closed);
    expect([has('PRECEDENT', 'PRECEDENT'), has('$G', '$G')]).toEqual([true, true]);
  });

  it('refuses to move an encrypted store, which the server could not read', () => {
    const { store, has } = setup('$G');
    expect(() => moveStreams(store, { isClosed: true, isEncrypted: true })).toThrow(/restore a backup/);
    expect(has('$G', '$G')).toBe(true);
    expect(() => moveStreams(store, { isClosed: false, isEncrypted: true })).not.toThrow();
  });
});

import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { natsConfig, natsEnvironment } from './nats-config.ts';
import { natsFolder } from './nats-folder.ts';
import { checkStoreKey, rememberStoreKey } from './store-key.ts';

const newFolder = () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-store-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return natsFolder(folder);
};

const KEY = 'a key of 32 characters or longer!';
const refusal = (text: string) => expect.objectContaining({ code: 'INVALID_CONFIG', message: text }) as Error;

describe('the key of a store', () => {
  it('is the one with which the store was made', () => {
    const folder = newFolder();
    checkStoreKey(folder, KEY);
    rememberStoreKey(folder, KEY);
    checkStoreKey(folder, KEY);
    expect(statSync(folder.storeKey).mode & 0o777).toBe(0o600);
    expect(() => checkStoreKey(folder, `${KEY}!`)).toThrow(
      refusal(`nats.encryptionKey: it is not the key with which the store in ${folder.store} was made`),
    );
    expect(() => checkStoreKey(folder, undefined)).toThrow(
      refusal(`nats.encryptionKey: the store in ${folder.store} is encrypted, and no key is set`),
    );
  });

  it('is refused for a store that has streams without one', () => {
    const folder = newFolder();
    mkdirSync(path.join(folder.store, 'jetstream/$G/streams/A'), { recursive: true });
    expect(() => checkStoreKey(folder, KEY)).toThrow(/was made without a key: make a backup/);
    checkStoreKey(folder, undefined);
  });

  it('is not in the configuration file, and reaches the server as it is', () => {
    const options = { host: '127.0.0.1', port: 1, maxPayload: 1, syncAlways: false, encryptionKey: 'a"b$c' };
    const text = natsConfig({ ...options, folder: natsFolder('/data') });
    expect(text).toContain('  key: $PRECEDENT_STORE_KEY\n');
    expect(text).not.toContain('a"b');
    expect(natsEnvironment(options)).toEqual({ PRECEDENT_STORE_KEY: '"a\\"b$c"' });
  });
});

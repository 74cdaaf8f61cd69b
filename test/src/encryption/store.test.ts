import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectNats } from '@precedent/nats';
import { findNatsServer, startNatsServer } from '@precedent/processes';
import { describe, expect, it, onTestFinished } from 'vitest';

const MARKER = 'MARKER-of-a-task-51c2';
const KEY = 'k"1$ of thirty-two characters ...';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-encryption-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const start = async (dataDir: string, encryptionKey?: string) => {
  const { binary } = await findNatsServer({ env: {} });
  const own = { host: '127.0.0.1', port: 0, maxPayload: 8_388_608, syncAlways: true };
  const server = await startNatsServer({ binary, dataDir, ...own, encryptionKey });
  const nc = await connectNats({ url: server.url, name: 'test' });
  const stop = async (): Promise<void> => {
    await nc.close();
    await server.stop();
  };
  onTestFinished(stop);
  return { nc, stop };
};

type Connection = Awaited<ReturnType<typeof connectNats>>;

const jetStream = async (nc: Connection, verb: string, request: object): Promise<unknown> =>
  (await nc.request(`$JS.API.STREAM.${verb}.TASKS`, JSON.stringify(request))).json();

/** A store with one message, whose server has ended. */
const storeWith = async (encryptionKey?: string): Promise<string> => {
  const dataDir = newFolder();
  const { nc, stop } = await start(dataDir, encryptionKey);
  await jetStream(nc, 'CREATE', { name: 'TASKS', subjects: ['tasks'], storage: 'file' });
  await nc.request('tasks', `{"note":"${MARKER}"}`);
  await stop();
  return dataDir;
};

const messageIn = async (dataDir: string, encryptionKey?: string): Promise<string | undefined> => {
  const { nc, stop } = await start(dataDir, encryptionKey);
  const reply = await jetStream(nc, 'MSG.GET', { seq: 1 });
  await stop();
  const { message } = reply as { message?: { data: string } };
  return message && Buffer.from(message.data, 'base64').toString();
};

/** The files below a folder that hold the text. */
const filesWith = (folder: string, text: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .filter((name) => readFileSync(path.join(folder, name)).includes(text));

describe('the store of the own NATS server', () => {
  it('holds tasks as they are without a key', async () => {
    expect(filesWith(await storeWith(), MARKER)).not.toEqual([]);
  });

  it('shows neither tasks nor its key when it is encrypted, and is read again with the key', async () => {
    const dataDir = await storeWith(KEY);
    expect(filesWith(dataDir, MARKER)).toEqual([]);
    expect(filesWith(dataDir, 'of thirty-two characters')).toEqual([]);
    expect(await messageIn(dataDir, KEY)).toContain(MARKER);
  });

  it('is not opened with another key, and is unharmed by the attempt', async () => {
    const dataDir = await storeWith(KEY);
    await expect(start(dataDir, `${KEY} but another`)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(await messageIn(dataDir, KEY)).toContain(MARKER);
  });

  it('is not served empty when its key cannot be recognised any more', async () => {
    const dataDir = await storeWith(KEY);
    rmSync(path.join(dataDir, 'nats/store-key.json'));
    await expect(start(dataDir, `${KEY} but another`)).rejects.toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
      message: expect.stringContaining('cannot decrypt its store') as string,
    });
    expect(await messageIn(dataDir, KEY)).toContain(MARKER);
  });
});

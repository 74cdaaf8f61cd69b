import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@precedent/kernel';
import type { Child } from '@precedent/processes';
import { qdrantVectorIndex } from '@precedent/qdrant';
import type { DocumentResult } from '@precedent/work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startQdrant } from '../e2e/qdrant.ts';
import type { TestQdrant } from '../e2e/qdrant.ts';
import { ROOT, SOURCE, environmentOf, startProgram } from '../e2e/programs.ts';
import { readyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';

const run = promisify(execFile);

const FILES = 60;
const fileName = (i: number): string => `doc-${String(i).padStart(2, '0')}.md`;

const TOPICS = {
  disk: 'The volume ran out of space, so nothing could be written any more.',
  login: 'Somebody typed the wrong password three times, and the account was locked.',
  network: 'Packets were dropped between the two data centres after the router was replaced.',
};

/** The built-in worker with one slot, a real Qdrant and the real model. */
describe('the built-in worker', () => {
  let qdrant: TestQdrant;
  let world: World;
  let docs: string;
  let history: Child | undefined;
  beforeAll(async () => {
    qdrant = await startQdrant();
    world = await readyWorld({
      settings: {
        PRECEDENT_VECTORIZER_URL: qdrant.url,
        PRECEDENT_EXECUTION_MAX_CONCURRENT: '1',
        PRECEDENT_EXECUTION_EXPRESS_PERCENT: '0',
      },
    });
    docs = path.join(world.folder, 'docs');
    mkdirSync(docs);
    await world.startWorker({
      PRECEDENT_WORKER_NAME: 'rooted',
      PRECEDENT_WORKER_ROOTS: docs,
      PRECEDENT_WORKER_POOLS: 'docs',
    });
  });
  afterAll(async () => {
    await history?.stop({ stopMs: 5_000, forceMs: 2_000 });
    await world[Symbol.asyncDispose]();
    await qdrant[Symbol.asyncDispose]();
  });

  const historySettings = () =>
    environmentOf('history', {
      PRECEDENT_NATS_URL: world.nats.url,
      PRECEDENT_STORAGE_DATA_DIR: path.join(world.folder, 'store'),
    });

  const write = (name: string, text: string): void => writeFileSync(path.join(docs, name), text);

  const search = async (collection: string, question: string): Promise<string[]> => {
    const { hits, semantic } = await world.client.search.documents(question, { collection });
    expect(semantic).toBe(true);
    return hits.map((hit) => path.basename(hit.path ?? ''));
  };

  it.each(['at_checkpoint', 'immediate'] as const)(
    'gives its place to urgent work (%s), and loses and doubles no chunk',
    async (mode) => {
      const words = Object.values(TOPICS).join(' ');
      for (let i = 0; i < FILES; i++) write(fileName(i), `# Doc ${i}\n\n${i} ${words}\n\n${words} ${i}`);
      const collection = `many_${mode}`;
      const payload = { folder: '.', collection, batch: 4, chunk: { maxChars: 250, overlap: 0 } };
      const { id } = await world.client.submit({
        type: 'document.process',
        payload,
        band: 'low',
        pool: 'docs',
        preemption: { mode },
      });
      const events = world.client.watch({ id, event: 'progress' });
      for await (const _ of events) break;
      const urgent = await world.client.submit({ command: 'echo now', band: 'critical', pool: 'docs' });
      await world.client.result(urgent.id, { timeoutMs: 30_000 });
      const view = await world.client.wait(id, { timeoutMs: 60_000 });
      expect(view).toMatchObject({ state: 'completed', preemptions: 1 });
      const result = view.result as unknown as DocumentResult;
      expect(result).toMatchObject({ files: FILES, skipped: { count: 0 } });
      // What was stored after the last checkpoint of an attempt that was ended is found there, and not stored again.
      expect(result.indexed + result.unchanged).toBe(FILES);
      if (mode === 'at_checkpoint') expect(result.unchanged).toBe(0);
      const index = qdrantVectorIndex({ url: qdrant.url });
      const { points } = await index.scroll(`user_${collection}`, { namespace: 'default' }, { limit: 1_000 });
      const places = new Set(
        points.map((point) => `${String(point.payload['path'])}#${String(point.payload['chunk'])}`),
      );
      expect(places.size).toBe(points.length);
      expect(points.filter(({ payload: { chunk } }) => chunk === 0)).toHaveLength(FILES);
      for (const {
        payload: { path: file, chunks },
      } of points)
        expect(points.filter((point) => point.payload['path'] === file)).toHaveLength(Number(chunks));
    },
  );

  it('indexes a folder by the command line, finds it by meaning, and removes deleted files', async () => {
    for (let i = 0; i < FILES; i++) rmSync(path.join(docs, fileName(i)), { force: true });
    for (const [name, text] of Object.entries(TOPICS)) write(`${name}.md`, `# ${name}\n\n${text}\n`);
    write('.gitignore', 'ignored.md\n');
    write('ignored.md', TOPICS.disk);
    const cli = (...words: string[]) =>
      run(
        process.execPath,
        [SOURCE, path.join(ROOT, 'apps/cli/src/main.ts'), ...words, '--url', world.nats.url],
        { cwd: world.folder, env: environmentOf('ingest', {}) as NodeJS.ProcessEnv, timeout: 60_000 },
      );
    const ingest = (...flags: string[]) =>
      cli('ingest', docs, '--collection', 'help', '--pool', 'docs', ...flags);
    await world.startVectorizer();
    const first = await ingest('--band', 'high');
    expect(first.stdout).toMatch(
      /^2 tasks, 0 failed, 3 indexed, 0 unchanged, 0 removed, 0 skipped, 3 chunks/,
    );
    expect((await search('help', 'no storage left on the device'))[0]).toBe('disk.md');
    expect((await search('help', 'a user cannot sign in'))[0]).toBe('login.md');
    const { stdout } = await cli('search', 'no', 'storage', 'left', '--collection', 'help', '--limit', '1');
    expect(stdout).toMatch(/^WHERE.*\n.*disk\.md#0 .*\nlooked in help; confidence/);
    expect((await cli('collections')).stdout).toMatch(/^COLLECTION.*\n(.*\n)*help +3 +meaning\n/);
    await expect(cli('search', 'x', '--collection', 'hlep')).rejects.toMatchObject({
      code: 65,
      stderr: expect.stringContaining('namespace default has no collection hlep; it has help') as string,
    });
    rmSync(path.join(docs, 'disk.md'));
    expect((await ingest()).stdout).toMatch(/^2 tasks, 0 failed, 0 indexed, 2 unchanged, 1 removed/);
    expect(await search('help', 'no storage left on the device')).not.toContain('disk.md');
  });

  it('runs each type, with objects on the server and the model of the lockfile', async () => {
    const result = async (type: string, payload: object): Promise<unknown> => {
      const { id } = await world.client.submit({ type, payload: payload as never, retry: { max: 0 } });
      return await world.client.result(id, { timeoutMs: 60_000 });
    };
    const classes = {
      disk: ['no space left on device', 'the volume is full'],
      login: ['wrong password', 'access denied'],
    };
    const texts = ['the hard drive has no room', 'the user could not sign in'];
    expect(await result('model.infer', { operation: 'classify', texts, classes })).toMatchObject({
      model: 'all-MiniLM-L6-v2-q8',
      classes: [{ class: 'disk' }, { class: 'login' }],
    });
    expect(await result('storage.put', { name: 'notes/a.txt', text: 'kept' })).toMatchObject({ bytes: 4 });
    expect(await result('storage.get', { name: 'notes/a.txt' })).toMatchObject({ text: 'kept' });
    expect(
      await result('vector.compute', {
        operation: 'centroid',
        vectors: [
          [0, 2],
          [2, 0],
        ],
      }),
    ).toEqual({ centroid: [1, 1] });
    expect(
      await result('text.process', { operation: 'summarise', text: 'One. Two.', sentences: 1 }),
    ).toMatchObject({
      sentences: ['One.'],
    });
    const points = [{ key: 'a', text: '=1+1' }];
    expect(await result('vectors.update', { operation: 'upsert', collection: 'own', points })).toEqual({
      points: 1,
    });
    const exported = {
      source: 'collection',
      collection: 'own',
      format: 'csv',
      columns: ['key', 'text'],
      to: 'own.csv',
    };
    expect(await result('data.export', exported)).toMatchObject({ rows: 1 });
    expect(await result('storage.get', { name: 'own.csv' })).toMatchObject({
      text: "key,text\r\na,'=1+1\r\n",
    });
    expect(await result('system.maintenance', { operation: 'verify' })).toEqual({
      ok: true,
      checked: { objects: 2, parts: 2 },
      problems: [],
    });
    await expect(result('report.generate', {})).rejects.toMatchObject({ code: 'HISTORY_UNAVAILABLE' });
    history = await startProgram('history', historySettings(), () => undefined);
    const failed = await world.client.submit({ command: 'exit 9', name: 'nine|lives', retry: { max: 0 } });
    await world.client.wait(failed.id);
    await world.client.history.get(failed.id, { waitMs: 10_000 });
    const { report } = (await result('report.generate', { states: ['failed'] })) as { report: string };
    expect(report).toContain('nine\\|lives');
    expect(report).toContain(`COMMAND\\_FAILED`);
    const rows = { to: 'tasks.jsonl', types: ['command'], columns: ['id', 'state'] };
    expect(await result('data.export', rows)).toMatchObject({ truncated: false });
    expect(await result('storage.get', { name: 'tasks.jsonl' })).toMatchObject({
      text: expect.stringContaining(`{"id":"${failed.id}","state":"failed"}\n`),
    });
    await expect(result('storage.put', { name: '../a', text: '' })).rejects.toSatisfy(
      (error) =>
        error instanceof AppError &&
        error.code === 'INVALID_TASK' &&
        error.message.startsWith('payload.name'),
    );
  });
});

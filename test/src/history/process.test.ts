import { openSync, readdirSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@precedent/client';
import { seededRandom } from '@precedent/kernel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readJournal } from '../crash/journal-reader.ts';
import { crash } from '../e2e/programs.ts';
import { historyWorld } from './history-world.ts';
import type { HistoryWorld } from './history-world.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };

const worlds: HistoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

const setup = async (settings: Record<string, string> = {}): Promise<HistoryWorld> => {
  const made = await historyWorld(settings);
  worlds.push(made);
  return made;
};

const caughtUp = (client: Client): Promise<void> =>
  vi.waitFor(async () => expect((await client.history.status()).freshness.lagMs).toBe(0), PATIENCE);

const idle = (count: number, type = 'noop') =>
  Array.from({ length: count }, (_, n) => ({ id: `t${n}`, type }));

const settledBy = (client: Client, count: number): Promise<void> =>
  vi.waitFor(async () => {
    const { settled } = await client.status();
    expect(settled.completed + settled.failed).toBe(count);
  }, PATIENCE);

describe('the history process', () => {
  it('answers what happened, and how fresh the answer is', async () => {
    const { world, startHistory } = await setup();
    await startHistory();
    const { client } = world;
    await client.submit({
      id: 'a',
      type: 'noop',
      name: 'nightly report',
      payload: { n: 1 },
      labels: { team: 'x' },
    });
    await client.submit({ id: 'b', type: 'always.fails', retry: { max: 1, delay: 10 } });
    await settledBy(client, 2);
    await caughtUp(client);
    const { task, attempts, freshness } = await client.history.get('a');
    expect(task).toMatchObject({
      id: 'a',
      name: 'nightly report',
      state: 'completed',
      result: { n: 1 },
      payload: { n: 1 },
    });
    expect(attempts).toMatchObject([{ worker: 'idle', outcome: 'completed' }]);
    expect(freshness).toMatchObject({ lagMs: 0, rebuilding: false });
    expect(freshness.seq).toBe(freshness.lastSeq);
    expect((await client.history.get('b')).attempts.map(({ outcome }) => outcome)).toEqual([
      'failed',
      'failed',
    ]);
    expect((await client.history.list({ state: ['failed'] })).tasks.map(({ id }) => id)).toEqual(['b']);
    expect((await client.history.search('nightly')).tasks.map(({ id }) => id)).toEqual(['a']);
    expect((await client.history.stats({})).byState).toEqual({ completed: 1, failed: 1 });
    const events = (await client.history.events({ task: 'b' })).events.map(({ event }) => event);
    expect(events).toEqual(['submitted', 'leased', 'retrying', 'due', 'leased', 'settled']);
    await vi.waitFor(async () => {
      const { state, rows } = await client.history.status();
      expect({ state, ...rows }).toMatchObject({ state: 'following', tasks: 2, attempts: 3 });
    }, PATIENCE);
  });

  it('refuses a bad request and names the wrong fields, and reports an unknown task as not found', async () => {
    const { world, startHistory } = await setup();
    await startHistory();
    const { client } = world;
    await expect(client.history.list({ limit: 0 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      extras: { issues: [{ field: 'limit' }] },
    });
    await expect(client.history.get('unknown')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await expect(client.get('unknown')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  it('finds every task that the engine has just forgotten', async () => {
    const { world, startHistory } = await setup({ PRECEDENT_RECENT_MAX_TASKS: '0' });
    await startHistory();
    const { client } = world;
    for (let n = 0; n < 40; n++) {
      await client.submit({ id: `t${n}`, type: 'noop', payload: n });
      expect(await client.wait(`t${n}`)).toMatchObject({ state: 'completed', result: n });
      expect(await client.get(`t${n}`)).toMatchObject({ state: 'completed', result: n });
      expect(await client.result(`t${n}`)).toBe(n);
    }
  });

  it('merges its list with that of the engine, page by page, each task once', async () => {
    const { world, startHistory } = await setup({ PRECEDENT_RECENT_MAX_TASKS: '60' });
    await startHistory();
    const { client } = world;
    await client.submitMany(idle(400));
    await settledBy(client, 400);
    await client.submit({ id: 'waits', type: 'no.worker' });
    await caughtUp(client);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.list({ limit: 37, ...(cursor !== undefined && { cursor }) });
      expect(page.partial).toBeUndefined();
      seen.push(...page.tasks.map(({ id }) => id));
      ({ cursor } = page);
    } while (cursor !== undefined);
    expect(seen.length).toBe(401);
    expect(new Set(seen).size).toBe(401);
    expect((await client.list({ state: ['queued'] })).tasks.map(({ id }) => id)).toEqual(['waits']);
    expect((await client.list({ type: 'noop', limit: 1_000 })).tasks).toHaveLength(400);
  });

  it('is optional: without it the engine answers as before, and reports what is missing', async () => {
    const { world } = await setup({ PRECEDENT_RECENT_MAX_TASKS: '0' });
    const { client } = world;
    await client.submit({ id: 'a', type: 'noop' });
    await settledBy(client, 1);
    await expect(client.get('a')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    expect(await client.list()).toMatchObject({
      tasks: [],
      truncated: false,
      partial: expect.stringMatching(/older/),
    });
    await expect(client.history.status()).rejects.toMatchObject({ code: 'HISTORY_UNAVAILABLE' });
  });

  it('allows only one process on its folder', async () => {
    const { startHistory } = await setup();
    await startHistory();
    await expect(startHistory()).rejects.toMatchObject({ code: 'DATA_IN_USE' });
  });
});

describe('a history process that is killed', () => {
  it('misses no record and has none twice, wherever it was killed', async () => {
    const { world, startHistory, rows } = await setup();
    const { client } = world;
    const COUNT = 30_000;
    await client.submitMany(idle(COUNT));
    await settledBy(client, COUNT);
    const random = seededRandom(Date.now());
    let seen = 0;
    for (let kills = 0; kills < 14; kills++) {
      const victim = await startHistory();
      // It has the whole journal before it and writes without a pause: this comes in the middle of something.
      const moment = performance.now() + random.int(50, 350);
      while (performance.now() < moment) await client.workers();
      await crash(victim);
      const [place] = rows('SELECT seq FROM place');
      expect(Number(place?.['seq'])).toBeGreaterThanOrEqual(seen);
      seen = Number(place?.['seq']);
    }
    const history = await startHistory();
    await caughtUp(client);
    expect((await client.history.stats({})).byState).toEqual({ completed: COUNT });
    await crash(history);
    const journal = await readJournal(client);
    const expected = journal.flatMap(({ records }) => records).filter(({ id }) => id !== undefined);
    const stored = rows('SELECT id, event FROM operations JOIN tasks USING (row) ORDER BY op');
    expect(stored.length).toBe(expected.length);
    expect(stored.every(({ id, event }, n) => id === expected[n]?.id && event === expected[n]?.kind)).toBe(
      true,
    );
    expect(rows('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM tasks')).toEqual([
      { n: COUNT, ids: COUNT },
    ]);
    const leases = expected.filter(({ kind }) => kind === 'leased').length;
    expect(rows('SELECT count(*) AS n FROM attempts WHERE outcome IS NOT NULL')).toEqual([{ n: leases }]);
  });
});

describe('the file of a history', () => {
  it('is moved aside and built again when it is damaged, and status reports that', async () => {
    const { world, startHistory, dir, lines } = await setup();
    const { client } = world;
    await client.submitMany(idle(500));
    await settledBy(client, 500);
    const history = await startHistory();
    await caughtUp(client);
    await history.stop({ stopMs: 5_000, forceMs: 1_000 });
    damage(path.join(dir, 'history.db'));
    await startHistory();
    await caughtUp(client);
    expect((await client.history.stats({})).total).toBe(500);
    expect(lines.some((line) => line.includes('moved aside') && line.includes('damaged'))).toBe(true);
    expect(readdirSync(dir).some((name) => name.startsWith('aside-'))).toBe(true);
  });

  it('is moved aside when a newer version wrote it', async () => {
    const { world, startHistory, dir, lines } = await setup();
    const { client } = world;
    await client.submit({ id: 'a', type: 'noop' });
    await settledBy(client, 1);
    await (await startHistory()).stop({ stopMs: 5_000, forceMs: 1_000 });
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(path.join(dir, 'history.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    await startHistory();
    await caughtUp(client);
    expect(lines.some((line) => line.includes('DATA_TOO_NEW'))).toBe(true);
    expect((await client.history.get('a')).task.state).toBe('completed');
  });

  it('is rebuilt on request while it answers', async () => {
    const { world, startHistory, lines } = await setup();
    const { client } = world;
    await client.submitMany(idle(2_000));
    await settledBy(client, 2_000);
    await startHistory();
    await caughtUp(client);
    expect(await client.history.rebuild()).toMatchObject({ started: true });
    let answers = 0;
    await vi.waitFor(async () => {
      expect((await client.history.get('t1')).task.state).toBe('completed');
      answers++;
      expect(lines.some((line) => line.includes('history rebuilt'))).toBe(true);
    }, PATIENCE);
    expect(answers).toBeGreaterThan(0);
    await caughtUp(client);
    expect((await client.history.stats({})).byState).toEqual({ completed: 2_000 });
    await client.submit({ id: 'after', type: 'noop' });
    await settledBy(client, 2_001);
    expect((await client.history.get('after', { waitMs: 5_000 })).task.state).toBe('completed');
  });
});

/** Overwrites pages in the middle, as a bad disk would. */
const damage = (file: string): void => {
  const { size } = statSync(file);
  const descriptor = openSync(file, 'r+');
  for (let at = 8_192; at < size; at += 16_384)
    writeSync(descriptor, Buffer.alloc(4_096, 0xab), 0, 4_096, at);
};

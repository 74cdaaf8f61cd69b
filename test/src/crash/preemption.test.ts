import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@precedent/client';
import { supervise, startChild } from '@precedent/processes';
import type { Child, Supervised, RestartPolicy } from '@precedent/processes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SOURCE } from '../e2e/programs.ts';
import { emptyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';
import { readJournal } from './journal-reader.ts';

const WRITERS = 200;
const LINES = 40;
const URGENT = 2_000;
/** Urgent tasks come in groups, and between two groups something is killed. */
const GROUPS = 20;
const SLOTS = 6;

const POLICY: RestartPolicy = { delayMs: 10, delayMsMax: 100, endsMax: 1_000, windowMs: 60_000 };
const PATIENCE = { timeout: 120_000, interval: 50 };
const WRITER = path.resolve(import.meta.dirname, 'programs/writer.ts');

const undisturbed = Array.from({ length: LINES }, (_, line) => `line ${line}\n`).join('');

describe('preemption under kill -9 of workers and engine', () => {
  let world: World;
  let engine: Supervised<Child>;
  let workers: Supervised<Child>[];

  beforeAll(async () => {
    world = await emptyWorld({
      settings: {
        PRECEDENT_EVENTS: 'off',
        PRECEDENT_WORKER_LEASE: '4s',
        PRECEDENT_WORKER_HEARTBEAT: '500ms',
      },
    });
    engine = await supervise({ name: 'engine', start: () => world.startEngine(), policy: POLICY });
    const start = (name: string) => () =>
      startChild({ name, args: [SOURCE, WRITER, world.nats.url, name, String(SLOTS)], env: process.env });
    workers = await Promise.all(
      ['one', 'two'].map((name) => supervise({ name, start: start(name), policy: POLICY })),
    );
  });

  afterAll(async () => {
    for (const program of [...workers, engine])
      await program.stop((child) => child.stop({ stopMs: 2_000, forceMs: 500 }));
    await world[Symbol.asyncDispose]();
  });

  const kill = async (program: Supervised<Child>): Promise<void> => {
    const { pid } = program.current();
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(program.current().pid).not.toBe(pid), PATIENCE);
  };

  const open = async (client: Client): Promise<number> => {
    const { bands } = await client.status();
    return Object.values(bands).reduce(
      (sum, { queued, running, retrying }) => sum + queued + running + retrying,
      0,
    );
  };

  it('leaves every file exactly as an undisturbed run writes it', { timeout: 280_000 }, async () => {
    const { client, folder } = world;
    const files = Array.from({ length: WRITERS }, (_, n) => path.join(folder, `file-${n}`));
    const specs = files.map((file) => ({
      type: 'write',
      band: 'low' as const,
      payload: { file, lines: LINES },
      retry: { delay: 100 },
    }));
    await client.submitMany(specs);
    const victims = [workers[0], engine, workers[1], engine];
    for (let group = 0; group < GROUPS; group++) {
      const urgent = Array.from({ length: URGENT / GROUPS }, () => ({
        type: 'urgent',
        band: 'critical' as const,
      }));
      await client.submitMany(urgent);
      const victim = victims[group % 5];
      if (victim) await kill(victim);
    }
    await vi.waitFor(async () => expect(await open(client)).toBe(0), PATIENCE);
    for (const file of files) expect(await readFile(file, 'utf8')).toBe(undisturbed);
    const records = (await readJournal(client)).flatMap((entry) => entry.records);
    const settled = records.filter(({ kind }) => kind === 'settled');
    expect(settled).toHaveLength(WRITERS + URGENT);
    expect(settled.filter((record) => !('state' in record) || record.state !== 'completed')).toEqual([]);
    // Otherwise nothing was preempted, and nothing was proven.
    expect(records.filter(({ kind }) => kind === 'preempted').length).toBeGreaterThan(20);
  });
});

import type { Client } from '@precedent/client';
import { supervise } from '@precedent/processes';
import type { Child, Supervised, RestartPolicy } from '@precedent/processes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { emptyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';
import { judge } from './checker.ts';
import { readJournal } from './journal-reader.ts';
import { BATCH, FILES_ROOT, Submitter, failsAlways } from './submitter.ts';

const BATCHES = 224;
const TASKS = BATCHES * BATCH;
/** Batches under way at the same time. */
const SENDERS = 4;
/** Tasks that may wait at a time: so that the load lasts for the whole run instead of queueing up at the start. */
const WAITING_MAX = 4_000;

/** Every combination of what can be killed, each of them twice. */
const COMBINATIONS = [
  ['engine'],
  ['worker'],
  ['nats'],
  ['engine', 'worker'],
  ['engine', 'nats'],
  ['worker', 'nats'],
  ['engine', 'worker', 'nats'],
] as const;
const KILLS = [...COMBINATIONS, ...COMBINATIONS];

/** The test restarts programs at once, without a practical limit. */
const POLICY: RestartPolicy = { delayMs: 10, delayMsMax: 100, endsMax: 1_000, windowMs: 60_000 };

const PATIENCE = { timeout: 60_000, interval: 50 };

describe('kill -9 of engine, worker and server, in every combination, under load', () => {
  let world: World;
  let engine: Supervised<Child>;
  let workers: Supervised<Child>[];

  const supervised = (name: string, start: () => Promise<Child>): Promise<Supervised<Child>> =>
    supervise({ name, start, policy: POLICY });

  beforeAll(async () => {
    const settings = {
      PRECEDENT_EXECUTION_MAX_CONCURRENT: '20',
      PRECEDENT_EVENTS: 'settled',
      PRECEDENT_WORKER_ROOTS: FILES_ROOT,
    };
    world = await emptyWorld({ settings });
    engine = await supervised('engine', () => world.startEngine());
    workers = await Promise.all(
      ['one', 'two'].map((name) =>
        supervised(`worker ${name}`, () => world.startWorker({ PRECEDENT_WORKER_NAME: name })),
      ),
    );
  });

  afterAll(async () => {
    const limits = { stopMs: 5_000, forceMs: 1_000 };
    for (const program of [...workers, engine]) await program.stop((child) => child.stop(limits));
    await world[Symbol.asyncDispose]();
  });

  /** Resolves when all that was killed runs again, started by their supervisors. */
  const kill = async (what: (typeof COMBINATIONS)[number], round: number): Promise<void> => {
    const names: readonly string[] = what;
    const victims = [
      ...(names.includes('engine') ? [engine] : []),
      // One of the two in the first round, both in the second.
      ...(names.includes('worker') ? workers.slice(0, round) : []),
    ].map((killed) => ({ killed, pid: killed.current().pid }));
    for (const { pid } of victims) process.kill(pid, 'SIGKILL');
    if (names.includes('nats')) {
      await world.nats.kill();
      await world.nats.restart();
    }
    await vi.waitFor(() => {
      for (const { killed, pid } of victims) expect(killed.current().pid).not.toBe(pid);
    }, PATIENCE);
  };

  const waiting = async (client: Client): Promise<number> => {
    const { bands } = await client.status();
    return Object.values(bands).reduce(
      (sum, { queued, running, retrying }) => sum + queued + running + retrying,
      0,
    );
  };

  const send = async (submitter: Submitter, batches: Iterator<number>): Promise<void> => {
    for (let next = batches.next(); !next.done; next = batches.next()) {
      await vi.waitFor(async () => expect(await waiting(world.client)).toBeLessThan(WAITING_MAX), PATIENCE);
      await submitter.submit(next.value);
    }
  };

  const killAlong = async (submitter: Submitter): Promise<void> => {
    for (const [index, combination] of KILLS.entries()) {
      const due = ((index + 1) * TASKS) / (KILLS.length + 1);
      await submitter.after(due, () => kill(combination, index < COMBINATIONS.length ? 1 : 2));
      await vi.waitFor(async () => expect((await world.client.status()).workers).toBe(2), PATIENCE);
    }
  };

  it('settles every accepted task, and none of them twice', { timeout: 300_000 }, async () => {
    const submitter = new Submitter(world.client);
    const batches = Array.from({ length: BATCHES }, (_, batch) => batch).values();
    const senders = Array.from({ length: SENDERS }, () => send(submitter, batches));
    await Promise.all([...senders, killAlong(submitter)]);
    await vi.waitFor(async () => expect(await waiting(world.client)).toBe(0), PATIENCE);
    const judgement = judge(await readJournal(world.client), submitter);
    expect(judgement.faults.slice(0, 20)).toEqual([]);
    expect(submitter.acknowledged.size).toBe(TASKS);
    const failing = Array.from({ length: TASKS }, (_, n) => n).filter(failsAlways).length;
    expect(judgement).toMatchObject({
      submitted: TASKS,
      settled: TASKS,
      verdicts: { completed: TASKS - failing, failed: failing },
    });
    // Otherwise the kills hit nothing: each one of an engine begins an epoch, and each one of a worker takes tasks with it.
    const engineKills = KILLS.filter((names: readonly string[]) => names.includes('engine')).length;
    expect(judgement.epochs).toBeGreaterThan(engineKills);
    expect(judgement.leases).toBeGreaterThan(TASKS + failing);
    const { faults, ...figures } = judgement;
    console.info({ kills: KILLS.length, faults: faults.length, ...figures, refusals: submitter.refusals });
  });
});

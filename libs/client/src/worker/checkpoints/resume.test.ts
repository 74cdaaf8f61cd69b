import { jetstreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { LIMITS, streamsOf } from '@precedent/contracts';
import type { Assignment } from '@precedent/contract-types';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { aCheckpoint, aResume, sha256Of, stepOf } from '../../testing/checkpoint-steps.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { HeldRun, WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { WorkerOptions } from '../options.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const started = async (options: Partial<WorkerOptions> = {}): Promise<WorkerWorld> => {
  const made = await workerWorld(server.url, options);
  onTestFinished(made.close);
  await made.worker.start();
  await made.engine.openLogs();
  return made;
};

type Checkpoint = NonNullable<NonNullable<Assignment['resume']>['checkpoint']>;

/** Runs the task `a`, which goes on from `checkpoint`. */
const resumed = async (
  world: WorkerWorld,
  checkpoint: Checkpoint,
  over: Partial<Assignment> = {},
): Promise<HeldRun> => {
  world.assign({ type: 'hold', id: 'a', epoch: 3, ...aResume({ checkpoint, segments: 2 }), ...over });
  return world.runs.next();
};

/** What the log of the task says once it has ended. */
const logAfter = async (world: WorkerWorld, run: HeldRun): Promise<string> => {
  run.resolve();
  await world.engine.settled.next();
  let text = '';
  for await (const chunk of world.client.logs('a')) text += chunk.text;
  return text;
};

describe('a task that ran before', () => {
  it('goes on from its last checkpoint', async () => {
    const world = await started();
    const run = await resumed(world, aCheckpoint({ at: 7 }, { fraction: 0.5 }));
    const point = { state: { at: 7 }, version: '1', seq: 4, fraction: 0.5, segment: 2 };
    expect(run.context.resume).toEqual(point);
    expect(await logAfter(world, run)).toBe('');
  });

  it('starts from zero when nothing was kept, as one that never ran', async () => {
    const world = await started();
    world.assign({ type: 'hold', id: 'a' }, { type: 'hold', id: 'b', ...aResume() });
    expect((await world.runs.next()).context.resume).toBeUndefined();
    expect((await world.runs.next()).context.resume).toBeUndefined();
  });

  it('is given the state whatever the order in which the engine wrote its keys', async () => {
    const world = await started();
    const state = { b: 1, a: { d: 2, c: 3 } };
    const { checkpoint } = await handedOver(world, state);
    const run = await resumed(world, { ...checkpoint, state }, { epoch: 4 });
    expect(run.context.resume?.state).toEqual(state);
  });

  it('starts from zero when its state has another hash, with both hashes in its log', async () => {
    const world = await started();
    const checkpoint = { ...aCheckpoint({ at: 7 }), state: { at: 8 } };
    const run = await resumed(world, checkpoint);
    expect(run.context.resume).toBeUndefined();
    const log = await logAfter(world, run);
    expect(log).toContain('STARTS FROM ZERO: checkpoint 4 of lease 1 (8 bytes) cannot be used');
    expect(log).toContain(`is ${sha256Of('{"at":8}')}, expected ${sha256Of('{"at":7}')}`);
  });

  it('does not start when a yield was requested before', async () => {
    let ask = (): void => undefined;
    const world = await started({ validateResume: () => ask() });
    ask = () => void world.worker.drain();
    world.assign({ type: 'hold', id: 'a', epoch: 3, ...aResume({ checkpoint: aCheckpoint(1) }) });
    expect(await world.engine.settled.next()).toEqual({ id: 'a', epoch: 3, outcome: 'yielded' });
  });
});

/** What one lease keeps, given to the next one, as an engine would: read and written again on its way. */
const handedOver = async (world: WorkerWorld, state: unknown) => {
  world.assign({ type: 'hold', id: 'a', epoch: 2 });
  const first = await world.runs.next();
  await first.context.checkpoint(state);
  const { kind: _, ...step } = stepOf(await world.engine.keeps.next(), 'checkpoint');
  first.resolve();
  await world.engine.settled.next();
  const checkpoint = JSON.parse(JSON.stringify({ ...step, epoch: 2 })) as Checkpoint;
  return { checkpoint, run: await resumed(world, checkpoint) };
};

describe('a checkpoint of another version', () => {
  const old = aCheckpoint({ rows: 7 }, { version: '1' });

  it('is migrated', async () => {
    const calls: unknown[] = [];
    const world = await started({
      handlerVersion: '2',
      migrate: (...call) => {
        calls.push(call);
        return Promise.resolve({ items: 7 });
      },
    });
    const { context } = await resumed(world, old);
    expect(context.resume).toMatchObject({ state: { items: 7 }, version: '2', seq: 4 });
    expect(calls).toEqual([['hold', { rows: 7 }, '1', '2']]);
  });

  it.each<[what: string, migrate: WorkerOptions['migrate'], says: string]>([
    ['no code migrates', undefined, "version 1 of its state is not the handler's version 2"],
    ['the migration does not know', () => undefined, 'version 1 of its state was not migrated to 2'],
    [
      'the migration throws on',
      () => {
        throw new Error('no rows');
      },
      'version 1 of its state cannot be migrated to 2: no rows',
    ],
  ])('that %s makes the task start from zero, which its log says', async (_, migrate, says) => {
    const world = await started({ handlerVersion: '2', ...(migrate && { migrate }) });
    const run = await resumed(world, old);
    expect(run.context.resume).toBeUndefined();
    expect(await logAfter(world, run)).toContain(says);
  });
});

describe('the validation after a preemption', () => {
  it('sees the job and the state, and may say nothing', async () => {
    const calls: unknown[] = [];
    const world = await started({
      validateResume: ({ id, epoch }, state) => void calls.push([id, epoch, state]),
    });
    expect((await resumed(world, aCheckpoint('s'))).context.resume?.state).toBe('s');
    expect(calls).toEqual([['a', 3, 's']]);
  });

  it.each<[what: string, validateResume: NonNullable<WorkerOptions['validateResume']>, says: string]>([
    ['refuses', () => Promise.resolve(false), 'its state is not valid any more'],
    [
      'throws',
      () => Promise.reject(new Error('the file is gone')),
      'its state is not valid: the file is gone',
    ],
  ])('that %s makes the task start from zero, which its log says', async (_, validateResume, says) => {
    const world = await started({ validateResume });
    const run = await resumed(world, aCheckpoint('s'));
    expect(run.context.resume).toBeUndefined();
    expect(await logAfter(world, run)).toContain(says);
  });
});

describe('a large state', () => {
  const large = { text: 'é'.repeat(300_000), at: 7 };
  const text = JSON.stringify(large);
  const bucketOf = ({ engine }: WorkerWorld): string => streamsOf(engine.root).blobs;

  it('goes to the object store before the journal names it, and comes back', async () => {
    const world = await started();
    const found: (string | undefined)[] = [];
    world.engine.answerKeep = ({ step }, message) => {
      const read = async (): Promise<void> => {
        const store = await new Objm(world.engine.link).open(bucketOf(world));
        const bytes = step.kind === 'checkpoint' && step.ref ? await store.getBlob(step.ref) : null;
        found.push(bytes ? sha256Of(new TextDecoder().decode(bytes)) : undefined);
        message.respond('{"ok":true}');
      };
      void read();
      return undefined;
    };
    const { checkpoint, run } = await handedOver(world, large);
    expect(checkpoint).toEqual({
      epoch: 2,
      seq: 1,
      hash: sha256Of(text),
      version: '1',
      bytes: 600_018,
      ref: 'a/2/0',
    });
    expect(found).toEqual([checkpoint.hash]);
    expect(run.context.resume?.state).toEqual(large);
  });

  it('begins where a message of the journal ends', async () => {
    const world = await started();
    world.assign({ type: 'hold', id: 'a', epoch: 2 });
    const { context } = await world.runs.next();
    await context.checkpoint('x'.repeat(LIMITS.checkpointInlineBytes - 2));
    await context.checkpoint('x'.repeat(LIMITS.checkpointInlineBytes - 1));
    const steps = [await world.engine.keeps.next(), await world.engine.keeps.next()];
    const refs = steps.map((keep) => stepOf(keep, 'checkpoint').ref);
    expect(refs).toEqual([undefined, 'a/2/0']);
  });

  it('takes the place of the last but one: what the journal names stays until it names another', async () => {
    const world = await started();
    world.assign({ type: 'hold', id: 'a', epoch: 2 });
    const { context } = await world.runs.next();
    for (let at = 0; at < 5; at++) await context.checkpoint({ ...large, at });
    const refs = [];
    for (let at = 0; at < 5; at++) refs.push(stepOf(await world.engine.keeps.next(), 'checkpoint').ref);
    expect(refs).toEqual(['a/2/0', 'a/2/1', 'a/2/0', 'a/2/1', 'a/2/0']);
    const manager = await jetstreamManager(world.engine.link);
    const { state } = await manager.streams.info(`OBJ_${bucketOf(world)}`);
    expect(state.bytes).toBeLessThan(2 * 600_018 + 10_000);
  });

  it.each<[what: string, spoil: (world: WorkerWorld) => Promise<unknown>, says: string]>([
    [
      'is gone',
      async (world) => (await new Objm(world.engine.link).open(bucketOf(world))).delete('a/2/0'),
      'its state a/2/0 is not in the object store',
    ],
    [
      'was overwritten',
      async (world) => {
        const store = await new Objm(world.engine.link).open(bucketOf(world));
        return store.putBlob({ name: 'a/2/0' }, new TextEncoder().encode('{}'));
      },
      `its state (a/2/0) is ${sha256Of('{}')}, expected ${sha256Of(text)}`,
    ],
    [
      'was damaged',
      async (world) => {
        const store = await new Objm(world.engine.link).open(bucketOf(world));
        const manager = await jetstreamManager(world.engine.link);
        const chunk = { last_by_subj: `$O.${bucketOf(world)}.C.${(await store.info('a/2/0'))?.nuid}` };
        const seq = (await manager.streams.getMessage(`OBJ_${bucketOf(world)}`, chunk))?.seq ?? 0;
        return manager.streams.deleteMessage(`OBJ_${bucketOf(world)}`, seq);
      },
      'do not match',
    ],
  ])('that %s makes the task start from zero, which its log says', async (_, spoil, says) => {
    const world = await started();
    const { checkpoint, run } = await handedOver(world, large);
    run.resolve();
    await world.engine.settled.next();
    await spoil(world);
    const next = await resumed(world, checkpoint, { epoch: 4 });
    expect(next.context.resume).toBeUndefined();
    expect(await logAfter(world, next)).toContain(says);
  });

  it('that cannot be stored fails the checkpoint, not the worker', async () => {
    const poor = await startServer('max_payload: 2MB');
    onTestFinished(() => poor.stop());
    const world = await workerWorld(poor.url);
    onTestFinished(world.close);
    await world.worker.start();
    const manager = await jetstreamManager(world.engine.link);
    await manager.streams.add({
      name: `OBJ_${bucketOf(world)}`,
      subjects: [`$O.${bucketOf(world)}.>`],
      max_bytes: 1_000,
      discard: 'new',
    });
    world.assign({ type: 'hold', id: 'a' });
    const { context, reject } = await world.runs.next();
    const error: unknown = await context.checkpoint(large).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    await context.checkpoint('small');
    expect(stepOf(await world.engine.keeps.next(), 'checkpoint')).toMatchObject({ seq: 1, state: 'small' });
    reject(error);
    expect(await world.engine.settled.next()).toMatchObject({ error: { code: 'JOURNAL_UNAVAILABLE' } });
  });

  it('that cannot be read now fails the attempt, and not the checkpoint', async () => {
    const small = await startServer('max_payload: 1MB');
    onTestFinished(() => small.stop());
    const world = await workerWorld(small.url);
    onTestFinished(world.close);
    await world.worker.start();
    const manager = await jetstreamManager(world.engine.link);
    // Something else has the subjects: the store cannot be opened.
    await manager.streams.add({ name: 'OTHER', subjects: [`$O.${bucketOf(world)}.>`] });
    const checkpoint = { ...aCheckpoint(large), ref: 'a/2/0' };
    world.assign({ type: 'hold', id: 'a', epoch: 3, ...aResume({ checkpoint }) });
    const { outcome, error } = await world.engine.settled.next();
    expect([outcome, error?.code, error?.retryable]).toEqual(['failed', 'JOURNAL_UNAVAILABLE', undefined]);
  });
});

import type { LeaseStepMessage } from '@precedent/contracts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { aResume } from '../../testing/checkpoint-steps.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { Held, Made } from '../../testing/rollback-world.ts';
import { holding, durableSteps, rollbackWorld, stop } from '../../testing/rollback-world.ts';
import type { RollbackAction } from '../handler.ts';
import type { PendingRollback } from './rollback.ts';
import { rollBack } from './rollback.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const made = async (more: Record<string, RollbackAction> = {}): Promise<Made> => {
  const world = await rollbackWorld(server.url, more);
  onTestFinished(world.close);
  return world;
};

const held = async (more: Record<string, RollbackAction> = {}): Promise<Held> => holding(await made(more));

const anAction = (seq: number, name = 'note', payload: string | number = seq) => ({
  seq,
  epoch: 2,
  name,
  payload,
});

describe('what an earlier run has left', () => {
  it('is undone first, before the handler starts', async () => {
    const world = await made();
    world.assign({ type: 'hold', id: 'a', epoch: 3, ...aResume({ undo: [anAction(5), anAction(6)] }) });
    const { context } = await world.runs.next();
    expect(world.done).toEqual(['a 6', 'a 5']);
    expect(await durableSteps(world, 2)).toEqual(['1 undone 6 of lease 2', '2 undone 5 of lease 2']);
    await context.checkpoint(1);
    expect(await durableSteps(world, 1)).toEqual(['3 checkpoint']);
  });

  it('is undone once more when the worker died before it could say that it was', async () => {
    const world = await held();
    await world.run.context.onRollback('note', 'twice');
    // The engine never hears that it was undone: it takes the lease for lost, and hands the action over again.
    const { promise: reported, resolve } = Promise.withResolvers<void>();
    world.engine.answerKeep = ({ step }: LeaseStepMessage) => {
      if (step.kind !== 'undone') return { ok: true };
      resolve();
      return undefined;
    };
    world.run.reject(new Error('half way'));
    await reported;
    world.engine.answerKeep = () => ({ ok: true });
    const left = { seq: 1, epoch: 3, name: 'note', payload: 'twice' };
    world.assign({ type: 'hold', id: 'a', epoch: 4, ...aResume({ undo: [left] }) });
    const next = await world.runs.next();
    expect(world.done).toEqual(['a "twice"', 'a "twice"']);
    next.resolve();
    const reports = [await world.engine.settled.next(), await world.engine.settled.next()];
    expect(reports.map(({ epoch, outcome }) => `${epoch} ${outcome}`)).toEqual(['3 stopped', '4 completed']);
  });

  it('fails the task when it cannot be undone, with its name; its handler never starts', async () => {
    const world = await made();
    const left = [anAction(5), anAction(6, 'fail'), anAction(7, 'unheard-of')];
    world.assign({ type: 'hold', id: 'a', epoch: 3, ...aResume({ undo: left }) });
    expect(await world.engine.settled.next()).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'ROLLBACK_FAILED',
        message:
          '2 rollback actions of task a failed: unheard-of: the worker has no rollback action unheard-of; ' +
          'fail: fail failed 3 times: no such file',
        retryable: false,
        details: {
          rollback: {
            failed: [
              { seq: 7, epoch: 2 },
              { seq: 6, epoch: 2 },
            ],
            count: 2,
          },
        },
      },
    });
    expect(world.done).toEqual(['a 5']);
    world.assign({ id: 'b' });
    expect(await world.engine.settled.next()).toMatchObject({ id: 'b', outcome: 'completed' });
  });

  it.each([
    ['preempted', 'yielded'],
    ['cancelled', 'stopped'],
    ['shutdown', 'yielded'],
  ] as const)(
    'is undone to the end though a stop because of %s comes meanwhile; then nothing starts',
    async (reason, outcome) => {
      const begun = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const slow: RollbackAction = async () => {
        begun.resolve();
        await goOn.promise;
      };
      const world = await made({ slow });
      world.assign({
        type: 'hold',
        id: 'a',
        epoch: 3,
        ...aResume({ undo: [anAction(1), anAction(2, 'slow')] }),
      });
      await begun.promise;
      await stop(world, reason);
      goOn.resolve();
      expect(await world.engine.settled.next()).toEqual({ id: 'a', epoch: 3, outcome });
      expect(world.done).toEqual(['a 1']);
    },
  );
});

const pending = (name: string): PendingRollback => ({ seq: 1, epoch: 1, name });

describe('an action that does not end', () => {
  const never: RollbackAction = () => new Promise(() => undefined);

  it('is given up when its time is up, its signal aborted', async () => {
    const signals: AbortSignal[] = [];
    const action: RollbackAction = (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const failed = await rollBack([pending('stuck')], {
      id: 'a',
      actions: new Map([['stuck', action]]),
      lost: new AbortController().signal,
      log: () => undefined,
      rolledBack: () => Promise.resolve(),
      tryMs: 5,
    });
    expect(failed.map(({ message }) => message)).toEqual(['stuck failed 3 times: no end within 5 ms']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });

  it('is left alone when the lease is lost', async () => {
    const lost = new AbortController();
    const rolled = rollBack([pending('note'), pending('stuck')], {
      id: 'a',
      actions: new Map([['stuck', never]]),
      lost: lost.signal,
      log: () => undefined,
      rolledBack: () => Promise.reject(new Error('never noted')),
    });
    lost.abort(new Error('gone'));
    await expect(rolled).rejects.toThrow('gone');
  });
});

import { LIMITS } from '@precedent/contracts';
import type { LeaseStepMessage } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { stepOf } from '../../testing/checkpoint-steps.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { Held, Made } from '../../testing/rollback-world.ts';
import { holding, durableSteps, rollbackWorld, stop } from '../../testing/rollback-world.ts';
import type { WorkerWorld } from '../../testing/worker-world.ts';
import type { RollbackAction } from '../handler.ts';
import { YieldSignal } from '../handler.ts';

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

describe('a rollback action', () => {
  it('is durable before the handler goes on', async () => {
    const { engine, run } = await held();
    await run.context.onRollback('note', { path: 'x' });
    const { step } = await engine.keeps.next();
    expect(step).toEqual({ kind: 'undo', seq: 1, name: 'note', payload: { path: 'x' } });
  });

  it('that the worker does not know is refused at once, with the nearest name', async () => {
    const { run } = await held();
    await expect(run.context.onRollback('not')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'the worker has no rollback action not; did you mean note?',
    });
  });

  it('takes a payload that JSON can hold, within the limit', async () => {
    const { run } = await held();
    const { onRollback } = run.context;
    await onRollback('note', 'x'.repeat(LIMITS.rollbackBytes - 2));
    const large = onRollback('note', 'x'.repeat(LIMITS.rollbackBytes - 1));
    await expect(large).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: 'the payload of the rollback action has 16385 of at most 16384 bytes as JSON',
    });
    await expect(onRollback('note', new Set())).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('is one of a thousand between two checkpoints at most', async () => {
    const { run } = await held();
    const { onRollback, checkpoint } = run.context;
    const all = Array.from({ length: LIMITS.rollbacksPerCheckpoint }, (_, n) => onRollback('note', n));
    await Promise.all(all);
    await expect(onRollback('note')).rejects.toThrow(
      '1000 of 1000 rollback actions since its last checkpoint',
    );
    await checkpoint(1);
    await onRollback('note');
  });
});

describe('a rollback', () => {
  it('carries out what no checkpoint covers, the youngest first, each noted before the next and before the end', async () => {
    const world = await held();
    const { context, reject } = world.run;
    await context.onRollback('note', 'covered');
    await context.checkpoint(1);
    await context.onRollback('note', 'first');
    await context.onRollback('note', 'second');
    const order: string[] = [];
    world.engine.answerKeep = ({ step }: LeaseStepMessage) => {
      if (step.kind === 'undone') order.push(`${step.of} after ${world.done.length}`);
      return { ok: true };
    };
    world.engine.answerReport = () => {
      order.push('report');
      return { ok: true, refused: [] };
    };
    await stop(world, 'preempted');
    reject(context.signal.reason);
    expect(await world.engine.settled.next()).toEqual({ id: 'a', epoch: 3, outcome: 'stopped' });
    expect(world.done).toEqual(['a "second"', 'a "first"']);
    expect(order).toEqual(['4 after 1', '3 after 2', 'report']);
    expect(await durableSteps(world, 6)).toEqual([
      '1 undo',
      '2 checkpoint',
      '3 undo',
      '4 undo',
      '5 undone 4 of lease 3',
      '6 undone 3 of lease 3',
    ]);
  });

  it.each([
    ['cancelled', 'stopped'],
    ['timeout', 'stopped'],
    ['shutdown', 'returned'],
  ] as const)('follows a stop because of %s', async (reason, outcome) => {
    const world = await held();
    await world.run.context.onRollback('note');
    await stop(world, reason);
    world.run.reject(new Error('interrupted'));
    expect(await world.engine.settled.next()).toEqual({ id: 'a', epoch: 3, outcome });
    expect(world.done).toEqual(['a undefined']);
  });

  it('follows a failure', async () => {
    const world = await held();
    await world.run.context.onRollback('note', 1);
    world.run.reject(new Error('half way'));
    expect(await world.engine.settled.next()).toMatchObject({
      outcome: 'failed',
      error: { message: 'half way' },
    });
    expect(world.done).toEqual(['a 1']);
  });

  it('follows neither a result nor a yield', async () => {
    const world = await held();
    await world.run.context.onRollback('note', 1);
    world.run.resolve('done');
    expect(await world.engine.settled.next()).toMatchObject({ outcome: 'completed', result: 'done' });
    world.assign({ type: 'hold', id: 'b' });
    const other = await world.runs.next();
    await other.context.onRollback('note', 2);
    other.reject(new YieldSignal());
    expect(await world.engine.settled.next()).toMatchObject({ id: 'b', outcome: 'yielded' });
    expect(world.done).toEqual([]);
  });

  it('is left to the next owner when the lease is lost', async () => {
    const world = await held();
    await world.run.context.onRollback('note', 1);
    await stop(world, 'lease_lost');
    world.run.reject(new Error('so be it'));
    expect(await world.engine.settled.next()).toEqual({ id: 'a', epoch: 3, outcome: 'stopped' });
    expect(world.done).toEqual([]);
  });

  it('ends when the lease is lost on the way', async () => {
    const world = await held();
    await world.run.context.onRollback('note', 1);
    await world.run.context.onRollback('note', 2);
    world.engine.answerKeep = () => ({ error: { code: 'STALE_EPOCH', message: 'somebody else has it' } });
    world.run.reject(new Error('half way'));
    expect(await world.engine.settled.next()).toEqual({ id: 'a', epoch: 3, outcome: 'stopped' });
    expect(world.done).toEqual(['a 2']);
  });

  it('goes on when the engine does not want to know of it', async () => {
    const world = await held();
    await world.run.context.onRollback('note', 1);
    await world.run.context.onRollback('note', 2);
    world.engine.answerKeep = () => ({ error: { code: 'INVALID_REQUEST', message: 'no such action' } });
    world.run.reject(new Error('half way'));
    expect(await world.engine.settled.next()).toMatchObject({ outcome: 'failed' });
    expect(world.done).toEqual(['a 2', 'a 1']);
  });

  it('waits for actions that the handler did not wait for', async () => {
    const world = await held();
    void world.run.context.onRollback('note', 1);
    world.run.reject(new Error('half way'));
    expect(await world.engine.settled.next()).toMatchObject({ outcome: 'failed' });
    expect(world.done).toEqual(['a 1']);
  });

  it('is tried three times, and keeps the slot meanwhile', async () => {
    let tries = 0;
    const seen: number[] = [];
    const flaky: RollbackAction = () => {
      seen.push(world.worker.running);
      return ++tries < 3 ? Promise.reject(new Error('busy')) : Promise.resolve();
    };
    const world = await held({ flaky });
    await world.run.context.onRollback('flaky');
    world.run.reject(new Error('half way'));
    const { error } = await world.engine.settled.next();
    expect(Object.keys(error?.details ?? {})).toEqual(['stack']);
    expect(seen).toEqual([1, 1, 1]);
  });
});

describe('a rollback action that fails for good', () => {
  it('keeps the evidence, and does not keep the others', async () => {
    const world = await held();
    await world.engine.openLogs();
    const { onRollback } = world.run.context;
    await onRollback('note', 1);
    await onRollback('fail', { path: 'x' });
    world.run.reject(new AppError('HTTP_FAILED', 'status 500', { details: { status: 500 } }));
    const failed = [{ name: 'fail', seq: 2, epoch: 3, message: 'fail failed 3 times: no such file' }];
    expect(await world.engine.settled.next()).toEqual({
      id: 'a',
      epoch: 3,
      outcome: 'failed',
      error: {
        code: 'HTTP_FAILED',
        message: 'status 500',
        retryable: false,
        details: { status: 500, rollback: { failed, count: 1 } },
      },
    });
    expect(world.done).toEqual(['a 1']);
    const steps = [];
    for (let n = 0; n < 4; n++) steps.push(await world.engine.keeps.next());
    const noted = steps.slice(2).map((keep) => stepOf(keep, 'undone'));
    expect(noted).toEqual([
      {
        kind: 'undone',
        seq: 3,
        of: 2,
        ofEpoch: 3,
        error: { code: 'ROLLBACK_FAILED', message: 'fail failed 3 times: no such file' },
      },
      { kind: 'undone', seq: 4, of: 1, ofEpoch: 3 },
    ]);
    expect(await logOf(world)).toContain('ROLLBACK FAILED: fail (step 2 of lease 3): fail failed 3 times');
  });

  it.each([
    ['preempted', 'failed'],
    ['shutdown', 'failed'],
    ['cancelled', 'stopped'],
    ['timeout', 'stopped'],
  ] as const)('is in the report of a stop because of %s, which says %s', async (reason, outcome) => {
    const world = await held();
    await world.run.context.onRollback('fail');
    await stop(world, reason);
    world.run.reject(world.run.context.signal.reason);
    expect(await world.engine.settled.next()).toMatchObject({
      outcome,
      error: {
        code: 'ROLLBACK_FAILED',
        message: '1 rollback action of task a failed: fail: fail failed 3 times: no such file',
        retryable: false,
        details: { rollback: { count: 1 } },
      },
    });
  });
});

const logOf = async ({ client }: WorkerWorld): Promise<string> => {
  let text = '';
  for await (const chunk of client.logs('a')) text += chunk.text;
  return text;
};

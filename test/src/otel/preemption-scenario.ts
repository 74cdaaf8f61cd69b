import type { LeaseStep } from '@precedent/contract-types';
import { aTask } from '../engine/world.ts';
import { tracedWorld } from './traced-world.ts';

/** The hash of each checkpoint. */
export const HASH = 'a'.repeat(64);
/** A trace id of one digit. */
export const trace = (digit: string): string => digit.repeat(32);
const span = (digit: string): string => digit.repeat(16);
/** The trace context that a submitter sends with its task. */
const submitted = (digit: string, flags = '01') => ({
  traceparent: `00-${trace(digit)}-${span(digit)}-${flags}`,
  ref: `${trace(digit)}/${span(digit)}`,
});

const checkpoint = (seq: number): LeaseStep => ({
  kind: 'checkpoint',
  seq,
  hash: HASH,
  version: '2',
  bytes: 10,
  fraction: 0.5,
  state: { done: seq } as never,
});

/**
 * A low task runs for a second and saves a checkpoint. An urgent task preempts it: the low task saves another checkpoint
 * before it stops, resumes when the urgent task is done, rolls its last step back, and completes.
 */
export const preemptionScenario = async () => {
  const world = await tracedWorld();
  const { w } = world;
  const worker = await w.worker();
  const [low, urgent] = [submitted('a'), submitted('b')];
  const t0 = w.now;
  await w.submit(aTask({ id: 'low', band: 'low', traceparent: low.traceparent }));
  const keep = (epoch: number, step: LeaseStep) =>
    w.ask((api, reply) => api.workers.recordStep(worker.session, ['low', epoch], step, reply));
  await w.advance(600);
  await keep(1, checkpoint(1));
  await w.advance(400);
  await w.submit(aTask({ id: 'urgent', band: 'critical', traceparent: urgent.traceparent }));
  await w.advance(300);
  await keep(1, checkpoint(2));
  await keep(1, { kind: 'undo', seq: 3, name: 'unbook' });
  await w.advance(200);
  await worker.end('low', { outcome: 'stopped' });
  await w.advance(500);
  await worker.complete('urgent');
  await w.advance(1_000);
  await keep(2, { kind: 'undone', seq: 1, of: 3, ofEpoch: 1 });
  await w.advance(100);
  await worker.complete('low');
  return { ...world, worker, t0, low, urgent };
};

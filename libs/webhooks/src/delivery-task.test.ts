import { describe, expect, it } from 'vitest';
import { deliveryTask, payloadIn } from './delivery-task.ts';

const EVENT = {
  id: 't',
  namespace: 'acme',
  project: 'web',
  type: 'work',
  band: 'low',
  event: 'failed',
  at: 1,
  attempt: 1,
  epoch: 1,
  sequence: '0000000000007.00002',
} as const;

describe('the task of a delivery', () => {
  const task = deliveryTask({ id: '01M8QHDGGPK45N6ZYHE0NZMT3D', namespace: 'acme' }, EVENT);

  it('is the same for the same event, with an id that every interface takes', () => {
    expect(task.id).toBe('01M8QHDGGPK45N6ZYHE0NZMT3D-0000000000007-00002');
    expect(task.id.length).toBeLessThanOrEqual(64);
    expect(payloadIn(task.payload)).toEqual({
      webhook: '01M8QHDGGPK45N6ZYHE0NZMT3D',
      sequence: EVENT.sequence,
      task: 't',
    });
  });

  it('is tried for three days, on average', () => {
    const { max, delay, backoff, maxDelay, jitter } = task.retry;
    const delays = Array.from({ length: max }, (_, n) => Math.min(maxDelay, delay * backoff ** n));
    const hours = (delays.reduce((sum, one) => sum + one, 0) * (1 - jitter / 2)) / 3_600_000;
    expect(hours).toBeGreaterThan(70);
    expect(hours).toBeLessThan(74);
  });
});

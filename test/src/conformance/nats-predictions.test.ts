import { PREDICTION_LIMITS } from '@precedent/contracts';
import { Probe } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { openPredictionIngress } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { natsWorlds } from './nats-world.ts';
import { scriptedApi } from './scripted-api.ts';

const aWorld = natsWorlds();

const DURATION = { p10: 1_000, p50: 2_000, p90: 4_000, support: 9 };
const good = { predictions: [{ ids: ['t1', 't2'], duration: DURATION }] };
const named = (count: number): string[] => Array.from({ length: count }, (_, n) => `t${n}`);

describe('the prediction ingress', () => {
  const setup = async () => {
    const { nc, subjects } = await aWorld();
    const api = scriptedApi();
    api.called.arm();
    const refusals: Problem[] = [];
    const refused = new Probe<Problem>();
    refused.arm();
    const onRefused = (problem: Problem): void => {
      refusals.push(problem);
      refused.hit(problem);
    };
    openPredictionIngress({ nc, predictions: api, subjects, cell: 'main', onRefused });
    const tell = (message: unknown): void =>
      nc.publish(
        subjects.predictions('main'),
        typeof message === 'string' ? message : JSON.stringify(message),
      );
    return { api, tell, refusals, refused };
  };

  it('passes valid predictions on', async () => {
    const { api, tell, refusals } = await setup();
    tell(good);
    expect(await api.called.next()).toEqual(['update', good.predictions]);
    expect(refusals).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['what is no JSON', '{', 'not JSON'],
    ['what is no message', [], ''],
    ['an unknown field', { ...good, more: 1 }, ''],
    ['no task', { predictions: [{ ids: [], duration: DURATION }] }, ''],
    ['a task with no id', { predictions: [{ ids: ['a b'], duration: DURATION }] }, ''],
    ['a time that is none', { predictions: [{ ids: ['t'], duration: { ...DURATION, p10: -1 } }] }, ''],
    ['times out of order', { predictions: [{ ids: ['t'], duration: { ...DURATION, p10: 9_999 } }] }, ''],
    ['no support', { predictions: [{ ids: ['t'], duration: { ...DURATION, support: 0 } }] }, ''],
    [
      'too many tasks in all',
      {
        predictions: [
          { ids: named(600), duration: DURATION },
          { ids: named(600), duration: DURATION },
        ],
      },
      '',
    ],
    ['a message that is too large', ' '.repeat(PREDICTION_LIMITS.bytes + 1), 'of 262144 bytes'],
  ])('refuses %s as a whole, and goes on', async (_, message, words) => {
    const { api, tell, refusals, refused } = await setup();
    tell(message);
    expect(await refused.next()).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(words) as unknown,
    });
    tell(good);
    expect(await api.called.next()).toEqual(['update', good.predictions]);
    expect(refusals).toHaveLength(1);
  });
});

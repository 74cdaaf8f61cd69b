import { virtualClock } from '@precedent/testkit';
import { describe, expect, it } from 'vitest';
import { countRefusals } from '@precedent/nats';

const setup = () => {
  const clock = virtualClock();
  const reported: (readonly [string, string, number])[] = [];
  const count = countRefusals(({ reason, host }, times) => void reported.push([reason, host, times]), clock);
  const refuse = (reason: string, host = 'h1', times = 1): void => {
    for (let n = 0; n < times; n++) count({ reason, host, credential: undefined });
  };
  return { clock, reported, refuse };
};

describe('counting refused connections', () => {
  it('reports the first at once, and those of the next second together', async () => {
    const { clock, reported, refuse } = setup();
    refuse('expired', 'h1', 500);
    refuse('unknown');
    expect(reported).toEqual([
      ['expired', 'h1', 1],
      ['unknown', 'h1', 1],
    ]);
    await clock.advanceTo(clock.now() + 1_000);
    expect(reported.slice(2)).toEqual([['expired', 'h1', 499]]);
    refuse('expired');
    expect(reported.at(-1)).toEqual(['expired', 'h1', 1]);
  });

  it('does not remember every sender of a flood', async () => {
    const { clock, reported, refuse } = setup();
    for (let n = 0; n < 1_000; n++) refuse('unknown', `h${n}`);
    await clock.advanceTo(clock.now() + 1_000);
    expect(reported.length).toBeLessThan(110);
    expect(reported.reduce((sum, [, , times]) => sum + times, 0)).toBe(1_000);
  });
});

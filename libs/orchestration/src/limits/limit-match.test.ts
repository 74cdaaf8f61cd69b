import { describe, expect, it } from 'vitest';
import { isLimited } from './limit-match.ts';

const task = {
  type: 'mail',
  project: 'shop',
  band: 'low',
  pool: 'p',
  labels: { team: 'a', tier: '1' },
} as const;

describe('what a limit is about', () => {
  it('is every task when it names nothing', () => {
    expect(isLimited(undefined, task)).toBe(true);
    expect(isLimited({}, task)).toBe(true);
  });

  it('is a task that has all that it names', () => {
    expect(
      isLimited({ type: 'mail', project: 'shop', band: 'low', pool: 'p', labels: { team: 'a' } }, task),
    ).toBe(true);
    for (const match of [
      { type: 'x' },
      { project: 'x' },
      { band: 'high' },
      { pool: 'x' },
      { labels: { team: 'b' } },
      { labels: { x: 'a' } },
    ] as const)
      expect(isLimited(match, task), JSON.stringify(match)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { seededRandom } from './seeded-random.ts';

describe('seeded chance', () => {
  it('repeats itself, on every machine', () => {
    const random = seededRandom(42);
    expect([random.next(), random.next(), random.next()]).toEqual([
      0.6011037519201636, 0.44829055899754167, 0.8524657934904099,
    ]);
  });

  it('stays within the bounds it is given and reaches both', () => {
    const random = seededRandom(7);
    const drawn = new Set(Array.from({ length: 1_000 }, () => random.int(3, 5)));
    expect([...drawn].toSorted((a, b) => a - b)).toEqual([3, 4, 5]);
    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
  });

  it('keeps every element when it shuffles', () => {
    const list = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = seededRandom(1).shuffle(list);
    expect(shuffled).not.toEqual(list);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(list);
  });

  it('refuses to pick from nothing', () => {
    expect(() => seededRandom(1).pick([])).toThrow('nothing to pick from');
  });

  it('gives a fork its own stream', () => {
    const one = seededRandom(9);
    const fork = one.fork();
    const other = seededRandom(9);
    other.fork();
    fork.next();
    expect(one.next()).toBe(other.next());
  });
});

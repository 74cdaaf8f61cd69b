import { describe, expect, it } from 'vitest';
import { DeferredJobs } from './deferred-jobs.ts';

const setup = () => {
  const jobs = new DeferredJobs();
  const steps: string[] = [];
  const add = (name: string, size = 1, chars = 1): void =>
    jobs.add({
      size,
      chars,
      run: async (turn) => {
        for (const step of [1, 2]) {
          await turn();
          steps.push(`${name}${step}`);
        }
      },
    });
  return { jobs, steps, add };
};

/** Lets every promise go on that can. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('DeferredJobs', () => {
  it('run one after the other, and not while they are paused', async () => {
    const { jobs, steps, add } = setup();
    add('a');
    add('b');
    jobs.pause();
    await settled();
    expect([steps, jobs.count]).toEqual([[], 2]);
    jobs.resume();
    await settled();
    expect([steps, jobs.count]).toEqual([['a1', 'a2', 'b1', 'b2'], 0]);
    add('c');
    await settled();
    expect(jobs.count).toBe(0);
    jobs.pause();
    add('d');
    await settled();
    expect(jobs.count).toBe(1);
    await jobs.finish();
    expect([steps.slice(4), jobs.count]).toEqual([['c1', 'c2', 'd1', 'd2'], 0]);
  });

  it.each([
    ['tasks', [2_400, 1]],
    ['entries', [1, 5_000_000]],
  ] as const)('run while too many %s wait', async (_, [size, chars]) => {
    const { jobs, steps, add } = setup();
    for (const name of ['a', 'b', 'c']) add(name, size, chars);
    await jobs.limit();
    await settled();
    expect([steps.slice(0, 2), jobs.count]).toEqual([['a1', 'a2'], 2]);
  });

  it('stop at a job that fails, and report its error to everything that waits', async () => {
    const { jobs, steps, add } = setup();
    jobs.add({ size: 9_000, chars: 1, run: () => Promise.reject(new Error('refused')) });
    add('a');
    await expect(jobs.limit()).rejects.toThrow('refused');
    await expect(jobs.failed).rejects.toThrow('refused');
    await expect(jobs.finish()).rejects.toThrow('refused');
    expect(steps).toEqual([]);
  });
});

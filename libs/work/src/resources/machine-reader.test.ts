import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sampleBetween } from './counters.ts';
import type { Counters } from './counters.ts';
import { machineReader } from './machine-reader.ts';
import { MEASURES } from './sample.ts';

const CGROUP2 = '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
const half = { blocks: 110, bfree: 60, bavail: 50 };

/** A machine of which only these files can be read. */
const aMachine = (files: Record<string, string>) =>
  machineReader({
    diskPath: '/data',
    read: (path) => Promise.resolve(files[path]),
    disk: () => Promise.resolve(half),
  });

const HOST = {
  '/proc/stat': 'cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3 4\n',
  '/proc/meminfo': 'MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    400 kB\n',
};

describe('a machine', () => {
  it('is read from /proc', async () => {
    expect(await aMachine(HOST)(5)).toEqual({
      at: 5,
      times: { busy: 200, ioWait: 100, total: 1_000 },
      quotas: {},
      memory: 0.6,
      disk: 0.5,
    });
  });

  it('with limits in its cgroup, or above it, is read from them as well', async () => {
    const files = {
      ...HOST,
      '/proc/self/mountinfo': CGROUP2,
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/b/memory.max': 'max\n',
      '/sys/fs/cgroup/a/b/memory.current': '1\n',
      '/sys/fs/cgroup/a/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/a/cpu.stat': 'usage_usec 3000\nuser_usec 1\n',
      '/sys/fs/cgroup/a/memory.max': '1000\n',
      '/sys/fs/cgroup/a/memory.current': '950\n',
      '/sys/fs/cgroup/a/memory.stat': 'anon 700\ninactive_file 250\n',
    };
    const { quotas, memory } = await aMachine(files)(5);
    expect(quotas).toEqual({ '/sys/fs/cgroup/a': { usedUs: 3_000, cpus: 1.5 } });
    expect(memory).toBe(0.7);
  });

  it('without /proc is what Node knows of it', async () => {
    const { times, memory } = await aMachine({})(5);
    expect(times).toMatchObject({ ioWait: 0, busy: expect.any(Number) });
    expect(times.total).toBeGreaterThan(0);
    expect(memory).toBeGreaterThan(0);
    expect(memory).toBeLessThanOrEqual(1);
  });

  it('this one has plausible values, also for a folder that is not there yet', async () => {
    const read = machineReader({ diskPath: join(tmpdir(), 'not', 'there', 'yet') });
    const before = await read(1_000);
    expect(before.disk).toBeGreaterThan(0);
    const sample = sampleBetween(before, await read(2_000));
    for (const measure of MEASURES) {
      expect(sample[measure]).toBeGreaterThanOrEqual(0);
      expect(sample[measure]).toBeLessThanOrEqual(1);
    }
  });
});

describe('between two readings', () => {
  const reading = (at: number, over: Partial<Counters> = {}): Counters => ({
    at,
    times: { busy: 0, ioWait: 0, total: 0 },
    quotas: {},
    memory: 0,
    disk: 0,
    ...over,
  });

  it('the shares are those of the time between them', () => {
    const before = reading(0, { times: { busy: 100, ioWait: 50, total: 1_000 } });
    const now = reading(1_000, { times: { busy: 160, ioWait: 70, total: 1_200 }, memory: 0.5, disk: 0.25 });
    expect(sampleBetween(before, now)).toEqual({ at: 1_000, cpu: 0.3, ioWait: 0.1, memory: 0.5, disk: 0.25 });
  });

  it('a group near to its limit is busy on an idle machine', () => {
    const before = reading(0, { quotas: { a: { usedUs: 0, cpus: 0.5 } } });
    const now = reading(1_000, {
      quotas: { a: { usedUs: 450_000, cpus: 0.5 }, b: { usedUs: 9e9, cpus: 1 } },
    });
    expect(sampleBetween(before, now).cpu).toBe(0.9);
  });

  it('a counter that went back, or time that stood still, is no load', () => {
    const before = reading(0, { times: { busy: 10, ioWait: 20, total: 100 } });
    const now = reading(0, { times: { busy: 20, ioWait: 10, total: 200 } });
    expect(sampleBetween(before, now)).toMatchObject({ cpu: 0.1, ioWait: 0 });
    expect(sampleBetween(now, now)).toMatchObject({ cpu: 0, ioWait: 0 });
  });
});

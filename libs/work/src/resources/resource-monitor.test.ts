import { Probe } from '@precedent/kernel';
import { expect, test } from 'vitest';
import { manualClock } from '../testing/manual-clock.ts';
import type { Counters } from './counters.ts';
import type { SmoothedLoad } from './load-curve.ts';
import { resourceMonitor } from './resource-monitor.ts';

/** A machine whose memory is in use by a fraction that the test sets. */
const setup = () => {
  const clock = manualClock();
  const loads = new Probe<SmoothedLoad>();
  loads.arm();
  const machine = { memory: 0.1, broken: false, reads: 0 };
  const reader = (at: number): Promise<Counters> => {
    machine.reads++;
    if (machine.broken) return Promise.reject(new Error('no'));
    const times = { busy: 0, ioWait: 0, total: at };
    return Promise.resolve({ at, times, quotas: {}, memory: machine.memory, disk: 0 });
  };
  const monitor = resourceMonitor({ clock, reader, slots: 4, onLoad: (load) => loads.hit(load) });
  /** One reading: waits until the monitor waits for the next one. */
  const second = async (): Promise<SmoothedLoad> => {
    await expect.poll(() => clock.waiting).toBe(1);
    clock.turn(1_000);
    return await loads.next();
  };
  return { clock, machine, monitor, second };
};

test('reads at its interval, and reports the load after each reading but the first', async () => {
  const { monitor, machine, second } = setup();
  expect(monitor.load).toMatchObject({ level: 'normal', recommendedConcurrency: 4 });
  await monitor.start();
  machine.memory = 0.85;
  expect([await second(), await second(), await second()].map(({ level }) => level)).toEqual([
    'normal',
    'normal',
    'high',
  ]);
  expect(monitor.load).toMatchObject({ level: 'high', recommendedConcurrency: 2, throttledBands: ['low'] });
  await monitor.stop();
});

test('a reading that fails leaves a gap', async () => {
  const { monitor, machine, second, clock } = setup();
  await monitor.start();
  machine.broken = true;
  await expect.poll(() => clock.waiting).toBe(1);
  clock.turn(1_000);
  await expect.poll(() => [machine.reads, clock.waiting]).toEqual([2, 1]);
  machine.broken = false;
  expect((await second()).level).toBe('normal');
  await monitor.stop();
});

test('a stop waits for the current reading, and reports nothing of it', async () => {
  const clock = manualClock();
  const readings: PromiseWithResolvers<Counters>[] = [];
  const loads: SmoothedLoad[] = [];
  const reader = (): Promise<Counters> => {
    const reading = Promise.withResolvers<Counters>();
    readings.push(reading);
    return reading.promise;
  };
  const counters = { at: 0, times: { busy: 0, ioWait: 0, total: 0 }, quotas: {}, memory: 0, disk: 0 };
  const monitor = resourceMonitor({ clock, reader, slots: 1, onLoad: (load) => loads.push(load) });
  const started = monitor.start();
  readings[0]?.resolve(counters);
  await started;
  clock.turn(1_000);
  const stopped = monitor.stop();
  await new Promise(setImmediate);
  expect(readings).toHaveLength(2);
  readings[1]?.resolve(counters);
  await stopped;
  expect([loads.length, clock.waiting]).toEqual([0, 0]);
});

test('reads and reports nothing after it was stopped', async () => {
  const { monitor, machine, clock } = setup();
  await monitor.start();
  await monitor.stop();
  clock.turn(10_000);
  expect([machine.reads, clock.waiting]).toEqual([1, 0]);
});

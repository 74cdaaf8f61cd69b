import { expect, test } from 'vitest';
import type { LoadMessage } from '@precedent/contracts';
import { workerMessageSchema } from '@precedent/contracts';
import { loadCurve } from '@precedent/work';
import type { SmoothedLoad } from '@precedent/work';
import { loadLine, loadReport } from './load-report.ts';

const IDLE = { cpu: 0.1, memory: 0.1, disk: 0.1, ioWait: 0 };
const loadAt = (memory: number): SmoothedLoad =>
  loadCurve(
    [0, 1, 2, 3].map((second) => ({ ...IDLE, memory, at: second * 1_000 })),
    8,
  );

const THRESHOLDS = { cpu: 0.8, memory: 0.8, disk: 0.9, ioWait: 0.3 };

const setup = () => {
  const world = { now: 0, reachable: true, sent: [] as LoadMessage[] };
  const report = loadReport({
    session: () => 'S1',
    now: () => world.now,
    everyMs: 2_000,
    thresholds: THRESHOLDS,
    send: (message) => {
      if (world.reachable) world.sent.push(message);
      return world.reachable;
    },
  });
  const at = (now: number, memory: number): number => {
    world.now = now;
    report(loadAt(memory));
    return world.sent.length;
  };
  return { world, at };
};

test('a message is one that the engine understands', () => {
  const { world, at } = setup();
  at(0, 0.95);
  expect(world.sent).toEqual([
    {
      kind: 'load',
      session: 'S1',
      ...IDLE,
      memory: 0.95,
      level: 'critical',
      recommended: 2,
      throttled: ['low', 'normal'],
      thresholds: THRESHOLDS,
    },
  ]);
  expect(workerMessageSchema.parse(world.sent[0])).toEqual(world.sent[0]);
});

test('a change is sent, once a heartbeat at most; what stays the same is sent now and then', () => {
  const { at } = setup();
  expect([at(0, 0.1), at(1_000, 0.95), at(2_000, 0.95), at(4_000, 0.95), at(6_000, 0.93)]).toEqual([
    1, 1, 2, 2, 2,
  ]);
  expect([at(8_000, 0.7), at(10_000, 0.7), at(12_999, 0.7), at(13_000, 0.7)]).toEqual([3, 3, 3, 4]);
});

test('what could not be sent is sent as soon as it can be', () => {
  const { world, at } = setup();
  world.reachable = false;
  expect(at(0, 0.95)).toBe(0);
  world.reachable = true;
  expect(at(1, 0.95)).toBe(1);
});

test('people get a line when other bands are held back than before', () => {
  const [idle, high] = [loadAt(0.1), loadAt(0.82)];
  expect(loadLine(undefined, idle)).toBeUndefined();
  expect(loadLine(high, high)).toBeUndefined();
  expect(loadLine(idle, high)).toBe('machine load high (memory 82 %, threshold 80 %): no new tasks of low');
  expect(loadLine(high, idle)).toBe('machine load normal: new tasks of all bands');
  const elevated = loadAt(0.72);
  expect(elevated.level).toBe('elevated');
  expect(loadLine(idle, elevated)).toBeUndefined();
});

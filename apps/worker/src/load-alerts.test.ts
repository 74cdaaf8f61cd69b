import { expect, test } from 'vitest';
import { loadCurve } from '@precedent/work';
import type { SmoothedLoad } from '@precedent/work';
import { alertChanges } from './load-alerts.ts';

const IDLE = { cpu: 0.1, memory: 0.1, disk: 0.1, ioWait: 0 };
const loadAt = (memory: number, disk = 0.1): SmoothedLoad =>
  loadCurve(
    [0, 1, 2, 3].map((second) => ({ ...IDLE, memory, disk, at: second * 1_000 })),
    8,
  );
const changes = (before: SmoothedLoad, after: SmoothedLoad) =>
  alertChanges(before.alerts, after, 7).map(({ event, measure, level }) => [event, measure, level]);

test('an alert is reported when it is raised, and not again while it stays', () => {
  expect(changes(loadAt(0.1), loadAt(0.85))).toEqual([['alert_raised', 'memory', 'high']]);
  expect(changes(loadAt(0.85), loadAt(0.86))).toEqual([]);
});

test('an alert that gets worse is reported again, with its new level', () => {
  expect(changes(loadAt(0.85), loadAt(0.97))).toEqual([['alert_raised', 'memory', 'critical']]);
});

test('an alert that is over is reported with the value of now', () => {
  const before = loadAt(0.97, 0.95);
  expect(alertChanges(before.alerts, loadAt(0.1, 0.95), 7)).toEqual([
    {
      event: 'alert_cleared',
      measure: 'memory',
      level: 'normal',
      value: 0.1,
      threshold: before.alerts.find(({ measure }) => measure === 'memory')?.threshold,
      at: 7,
    },
  ]);
});

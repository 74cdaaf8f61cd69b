import { describe, expect, it } from 'vitest';
import { METRICS } from './metrics.ts';
import { metricsTelemetry } from './metrics-telemetry.ts';

/** What a cell that this engine does not own has: nothing. They begin with the recovery, or a second after it. */
const OWNER_METRICS = [
  'precedent_engine_epoch',
  'precedent_recovery_seconds',
  'precedent_workers',
  'precedent_workers_load',
  'precedent_slots',
  'precedent_overdue_slots',
  'precedent_workers_blocked',
  'precedent_band_slots',
  'precedent_queue_depth',
  'precedent_queue_oldest_age_seconds',
  'precedent_tasks_paused',
  'precedent_reservations',
  'precedent_journal_backlog_bytes',
];

const started = (): string[] =>
  metricsTelemetry({ clock: { now: () => 0 }, aging: [0, 0, 0, 0] })
    .text()
    .split('\n');

describe('the metrics of an engine that has just started', () => {
  it.each(Object.entries(METRICS).filter(([name]) => !OWNER_METRICS.includes(name)))(
    'have a series of %s, at zero where it counts',
    (name, { kind }) => {
      const lines = started().filter((line) => line.startsWith(name) && /^[a-z_]+[ {]/.test(line));
      expect(lines.length).toBeGreaterThan(0);
      if (kind !== 'gauge' && !name.startsWith('process_'))
        expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([]);
    },
  );

  it('have nothing of a cell that it does not own', () => {
    expect(started().filter((line) => OWNER_METRICS.some((name) => line.startsWith(name)))).toEqual([]);
  });

  it('show every state of the engine, one of them as its own', () => {
    const states = started().filter((line) => line.startsWith('precedent_engine_state{'));
    expect(states.map((line) => line.replace(/.*state="(\w+)"} (\d)/, '$1 $2'))).toEqual([
      'stopped 1',
      'starting 0',
      'running 0',
      'stopping 0',
      'error 0',
    ]);
  });

  it('stay a small answer', () => {
    expect(started().join('\n').length).toBeLessThan(100_000);
  });
});

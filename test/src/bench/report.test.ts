import { describe, expect, it } from 'vitest';
import { benchArguments } from './arguments.ts';
import { tableOf } from './report.ts';
import type { BenchReport } from './report.ts';

const BENCHES = {
  throughput: {},
  latency: {},
  'urgent-start': { options: ['behind', 'burst'] },
  flat: { options: ['tasks'] },
} as const;

const aReport = (tasksPerS: number): BenchReport => ({
  bench: 'throughput',
  metrics: { tasks_per_s: tasksPerS, engine_cpu_us: 30 },
  ceiling: { tasks_per_s: 100_000 },
  runs: 3,
  machine: { cpus: 2, model: 'cpu', memGb: 8, node: '24', nats: '2.12.5', date: '2026-01-01' },
});

describe('the table of a report', () => {
  it('shows the floor, the ceiling and the ratio next to the figure', () => {
    const lines = tableOf(aReport(30_000)).split('\n');
    expect(lines[2]?.split(/ {2,}/)).toEqual([
      'tasks_per_s',
      '≥ 0.065 × ceiling',
      '30000',
      '100000',
      '0.3',
      'met',
    ]);
    expect(lines[3]?.split(/ {2,}/)).toEqual(['engine_cpu_us', '30']);
  });

  it('judges the ratio to the ceiling of the same run, and marks a missed floor', () => {
    expect(tableOf(aReport(6_501))).not.toContain('MISSED');
    expect(tableOf(aReport(6_499))).toContain('MISSED');
  });

  it('marks a ratio as missed when its ceiling was not measured', () => {
    expect(tableOf({ ...aReport(30_000), ceiling: {} })).toContain('MISSED');
  });

  it('judges a floor that is no ratio by the figure itself', () => {
    const report = { ...aReport(0), bench: 'turnaround', metrics: { share_of_ideal: 0.93 }, ceiling: {} };
    expect(tableOf(report)).toMatch(/≥ 0\.92 .* met$/);
    expect(tableOf({ ...report, metrics: { share_of_ideal: 0.91 } })).toContain('MISSED');
  });
});

describe('the arguments of a benchmark', () => {
  it('default to three runs and a table', () => {
    expect(benchArguments(['latency'], BENCHES)).toEqual({
      name: 'latency',
      json: false,
      runs: 3,
      options: { burst: 1 },
    });
    expect(benchArguments(['latency', '--json', '--runs', '1'], BENCHES)).toMatchObject({
      json: true,
      runs: 1,
    });
  });

  it.each([[[]], [['latancy']], [['latency', 'throughput']]])('name one benchmark; %j does not', (args) => {
    expect(() => benchArguments(args, BENCHES)).toThrow(/There are: throughput, latency/);
  });

  it.each(['0', 'x', '1.5', '101'])('refuse %s runs', (runs) => {
    expect(() => benchArguments(['latency', '--runs', runs], BENCHES)).toThrow(/from 1 to 100/);
  });

  it('takes the options of the benchmark, and names those that it does not take', () => {
    const args = ['urgent-start', '--behind', 'long', '--burst', '20'];
    expect(benchArguments(args, BENCHES).options).toEqual({ behind: 'long', burst: 20 });
    expect(() => benchArguments(['latency', '--behind', 'long'], BENCHES)).toThrow('latency has no --behind');
    expect(() => benchArguments(['urgent-start', '--behind', 'x'], BENCHES)).toThrow(
      '--behind is one of short, long, checks, uncooperative, command, cpu; got x',
    );
    expect(() => benchArguments(['urgent-start', '--burst', '0'], BENCHES)).toThrow('from 1 to 100; got 0');
    expect(benchArguments(['flat', '--tasks', '5000'], BENCHES).options).toMatchObject({ tasks: 5_000 });
    expect(() => benchArguments(['flat', '--tasks', '0'], BENCHES)).toThrow('got 0');
  });
});

import { describe, expect, it } from 'vitest';
import { plotOf } from './plot.ts';
import type { BandReport, PolicyReport, SimulationReport } from './report.ts';

const aBand = (more: Partial<BandReport> = {}): BandReport => ({
  band: 'critical',
  tasks: 3,
  refused: 0,
  completed: 3,
  failed: 0,
  timedOut: 0,
  cancelled: 0,
  open: 0,
  waitMs: { p50: 1, p95: 10, p99: 100 },
  runMs: null,
  slowdown: null,
  goodputPercent: 100,
  lostPercent: 0,
  lostMs: 0,
  preemptions: 0,
  repeats: 0,
  ...more,
});

const aPolicy = (policy: string, bands: readonly BandReport[]): PolicyReport => ({
  policy,
  endedAtMs: 1,
  slots: 1,
  usedPercent: 0,
  goodputPercent: 0,
  lostPercent: 0,
  tasks: 0,
  settled: 0,
  preemptions: 0,
  repeats: 0,
  crashes: 0,
  breakerOpened: 0,
  decisions: {},
  bands,
});

const plot = (policies: readonly PolicyReport[], scenario = 'a scenario'): string => {
  const report: SimulationReport = { scenario, seed: 1, durationMs: 1, policies };
  return plotOf(report);
};

const widthsOf = (svg: string, of: string): number[] =>
  [...svg.matchAll(new RegExp(`class="${of}" x="150" y="(?!38)\\d+" width="([\\d.]+)"`, 'g'))].map((found) =>
    Number(found[1]),
  );

describe('the plot', () => {
  it('has a bar for each policy, longer where the wait is, on one axis', () => {
    const short = aPolicy('default', [aBand()]);
    const long = aPolicy('off', [aBand({ waitMs: { p50: 10, p95: 100, p99: 10_000 } })]);
    const svg = plot([short, long]);
    expect(widthsOf(svg, 'p99')).toEqual([260, 520]);
    expect(widthsOf(svg, 'p50')).toEqual([1, 130]);
  });

  it('says none started when no task of a band has started', () => {
    expect(plot([aPolicy('default', [aBand({ waitMs: null })])])).toContain('none started');
  });

  it('is readable in light and dark, and escapes markup', () => {
    const svg = plot([aPolicy('default', [aBand()])], '<script>&');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('&lt;script&gt;&amp;');
    expect(svg).not.toContain('<script>');
  });
});

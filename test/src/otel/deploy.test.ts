import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { METRICS, metricsTelemetry } from '@precedent/otel';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../e2e/programs.ts';
import { aTask, world } from '../engine/world.ts';

/** Of Prometheus 2.42 or newer; on Debian in the package `prometheus`. */
const PROMTOOL = process.env['PRECEDENT_TEST_PROMTOOL'] ?? 'promtool';
const hasPromtool = spawnSync(PROMTOOL, ['--version']).status === 0;

const folder = path.join(ROOT, 'deploy');
const textOf = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = (): { readonly panels: readonly Panel[] } =>
  JSON.parse(textOf('grafana/precedent.json')) as { panels: readonly Panel[] };

/** The names of metrics in a text, without the endings that histograms give theirs. */
const metricsIn = (text: string): readonly string[] => {
  const found = text.match(/\b(precedent|process|nodejs)_[a-z_]+/g) ?? [];
  return [...new Set(found)].map((name) =>
    Object.hasOwn(METRICS, name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
  );
};
const recordedIn = (text: string): readonly string[] => [
  ...new Set(text.match(/\bprecedent:[a-z_]+:\w+/g) ?? []),
];

describe('the deployed monitoring configuration', () => {
  it.each([
    'prometheus/precedent.rules.yml',
    'prometheus/precedent.rules.test.yml',
    'grafana/precedent.json',
  ])('%s asks for metrics that there are, and for recorded ones that are recorded', (file) => {
    const known = Object.keys(METRICS);
    expect(metricsIn(textOf(file)).filter((name) => !known.includes(name))).toEqual([]);
    const recorded = [...textOf('prometheus/precedent.rules.yml').matchAll(/record: (\S+)/g)].map(
      ([, name]) => name,
    );
    expect(recordedIn(textOf(file)).filter((name) => !recorded.includes(name))).toEqual([]);
  });

  it('shows the most important panels first on the dashboard', () => {
    const titles = dashboard().panels.map(({ title }) => title);
    expect(titles.slice(0, 5)).toEqual([
      'How well it goes',
      'Wait until the first start (p95)',
      'Goodput',
      'Victims taken again before they saved anything',
      'Preemptors that started in time',
    ]);
  });
});

/** The text of an engine that has preempted a task, with every metric that there can be after that. */
const exposition = async (): Promise<string> => {
  const w = await world({ preemption: DEFAULT_POLICY, started: false });
  const metrics = metricsTelemetry({ clock: w.clock, aging: [0, 0, 0, 0] });
  w.listeners.push(metrics);
  await w.start();
  const worker = await w.worker();
  await w.submit(aTask({ id: 'low', band: 'low', pool: 'default' }));
  await w.advance(1_000);
  await w.submit(aTask({ id: 'urgent', band: 'critical' }));
  await worker.end('low', { outcome: 'stopped' });
  await worker.complete('urgent');
  await w.advance(2_000);
  await worker.complete('low');
  return metrics.text();
};

describe.skipIf(!hasPromtool)('promtool (on PATH, or PRECEDENT_TEST_PROMTOOL names it)', () => {
  const promtool = (args: readonly string[], input?: string): string =>
    execFileSync(PROMTOOL, args, {
      cwd: path.join(folder, 'prometheus'),
      encoding: 'utf8',
      stdio: 'pipe',
      ...(input !== undefined && { input }),
    });

  it('accepts the configuration and the rules', () => {
    expect(promtool(['check', 'config', 'prometheus.yml'])).toContain('SUCCESS');
  });

  it('fires the alerts as in their examples', () => {
    expect(promtool(['test', 'rules', 'precedent.rules.test.yml'])).toContain('SUCCESS');
  });

  it('accepts the metrics of the engine without a complaint', async () => {
    expect(promtool(['check', 'metrics'], await exposition())).toBe('');
  });

  it('accepts every expression of the dashboard', () => {
    const expressions = dashboard().panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(20);
    const rules = expressions.map((expr, n) => ({ record: `dashboard:panel:${n}`, expr }));
    const own = mkdtempSync(path.join(os.tmpdir(), 'precedent-rules-'));
    onTestFinished(() => rmSync(own, { recursive: true }));
    const file = path.join(own, 'rules.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(promtool(['check', 'rules', file])).toContain('SUCCESS');
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvelopeWriter, classOf } from '@precedent/tasks';
import type { TaskDefaults } from '@precedent/tasks';
import { afterEach, describe, expect, it } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

const folders: string[] = [];
const folder = (files: Readonly<Record<string, string>>): string => {
  const made = mkdtempSync(path.join(tmpdir(), 'precedent-simulate-'));
  folders.push(made);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(made, name), text);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});

const SMALL = `
name: small
duration: 1m
workers: [{ count: 1, slots: 1, express: 0 }]
loads:
  - { name: slow, band: low, arrivals: { kind: burst, size: 3, every: 1m }, run: { kind: fixed, time: 10s } }
  - { name: quick, band: critical, from: 5s, arrivals: { kind: steady, rate: 0.1 }, run: { kind: fixed, time: 1s } }
`;

/** The journal of one task that ran for two seconds. */
const dumped = (): string => {
  const timeouts = { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 };
  const defaults: TaskDefaults = {
    namespace: 'default',
    project: 'default',
    pool: 'default',
    timeouts: { low: timeouts, normal: timeouts, high: timeouts, critical: timeouts },
    retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
  };
  const writer = new EnvelopeWriter();
  const kind = classOf({ type: 'report', band: 'high' }, defaults);
  writer.add({ kind: 'submitted', id: 'a', at: 1_000, class: kind, body: '{}' });
  writer.add({ kind: 'leased', id: 'a', at: 1_500, worker: 'w1', session: 's1', epoch: 1 });
  writer.add({ kind: 'settled', id: 'a', at: 3_500, state: 'completed' });
  return `${JSON.stringify({ seq: 1, at: 3_500, text: writer.finish(1, 3_500) })}\n`;
};

describe('precedent simulate', () => {
  it('shows what every band waited, under every policy', async () => {
    const cwd = folder({ 'small.yaml': SMALL });
    const { out, exit } = await runFake(['simulate', 'small.yaml', '--off'], { cwd });
    expect(exit).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "small, 1m 00s of arrivals, seed 1

      POLICY   BAND      TASKS  WAIT P50  P95     P99     RUN P50  SLOWDOWN  DONE  OPEN  GOODPUT  LOST   PREEMPTED  REPEATED
      default  critical  6      100ms     100ms   100ms   1.0s     1.1x      6     0     100%     0%     0          0
               low       3      16.1s     1m 16s  1m 16s  50.0s    7.61x     3     0     37.5%    61.8%  6          4
      off      critical  6      0         7.0s    7.0s    1.0s     1x        6     0     100%     0%     0          0
               low       3      11.0s     22.0s   22.0s   10.0s    2.1x      3     0     100%     0%     0          0

      default: 9 of 9 tasks settled after 1m 26s; 1 slot 100% used; goodput 41.8%, lost 57.5%; 6 preemptions
      off: 9 of 9 tasks settled after 56.0s; 1 slot 64.3% used; goodput 100%, lost 0%
      "
    `);
  });

  it('prints the report itself with --json, for the given seed', async () => {
    const cwd = folder({ 'small.yaml': SMALL });
    const { out } = await runFake(['simulate', 'small.yaml', '--json', '--seed', '7'], { cwd });
    expect(JSON.parse(out)).toMatchObject({
      scenario: 'small',
      seed: 7,
      durationMs: 60_000,
      policies: [{ policy: 'default', bands: [{ band: 'critical' }, { band: 'low' }] }],
    });
  });

  it('writes a plot', async () => {
    const cwd = folder({ 'small.yaml': SMALL });
    await runFake(['simulate', 'small.yaml', '--svg', 'waits.svg'], { cwd });
    expect(readFileSync(path.join(cwd, 'waits.svg'), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it('refuses a bad scenario with all its problems', async () => {
    const cwd = folder({ 'bad.yaml': 'duration: x\nworkrs: []\n' });
    const { exit, err } = await runFake(['simulate', 'bad.yaml'], { cwd });
    expect(exit).toBe(65);
    expect(err).toContain('bad.yaml has 2 problems');
    expect(err).toContain('workrs: no such key; did you mean workers?');
  });

  it('uses the configuration of the folder', async () => {
    const cwd = folder({
      'small.yaml': SMALL,
      'precedent.yaml': 'bands: { critical: { queueTimeout: 50ms } }',
    });
    const { out } = await runFake(['simulate', 'small.yaml', '--off', '--json'], { cwd });
    const report = JSON.parse(out) as { policies: { policy: string; bands: { timedOut: number }[] }[] };
    expect(report.policies[1]?.bands[0]?.timedOut).toBeGreaterThan(0);
  });

  it('plays a dump of a journal again', async () => {
    const cwd = folder({ 'yesterday.ndjson': dumped() });
    const { out } = await runFake(['simulate', 'yesterday.ndjson', '--off'], { cwd });
    expect(out).toContain('yesterday.ndjson');
    expect(out).toMatch(/^default +high +1 +0 +0 +0 +2\.0s +1x +1 +0 +100% +0% +0 +0$/m);
  });

  it('plays it on other workers and under other policies, and keeps a copy', async () => {
    const what = 'duration: 1m\nworkers: [{ count: 3 }]\npolicies: { eager: {} }\n';
    const foreign = '{"seq":1,"at":0,"text":"hello","isVoid":true}\n';
    const cwd = folder({ 'yesterday.ndjson': foreign + dumped(), 'what-if.yaml': what });
    const argv = ['simulate', 'yesterday.ndjson', '--scenario', 'what-if.yaml', '--dump', 'copy.ndjson'];
    const { out } = await runFake(argv, { cwd });
    expect(out).toContain('eager: 1 of 1 task settled');
    expect(out).toContain('30 slots');
    expect(readFileSync(path.join(cwd, 'copy.ndjson'), 'utf8')).toBe(foreign + dumped());
  });

  it.each([
    ['is empty', '', 'the journal holds no task that was run to its end; 0 others are in it'],
    ['is not JSON', 'x\n', 'd.ndjson:1 is not JSON'],
    ['holds something else', '{"seq":"1"}\n', 'd.ndjson:1 is no journal entry'],
    ['holds a broken entry', '{"seq":3,"at":1,"text":"x"}\n', 'JOURNAL_CORRUPT: journal entry 3 is not JSON'],
  ])('says so when a dump %s', async (_, text, expected) => {
    const cwd = folder({ 'd.ndjson': text });
    const { exit, err } = await runFake(['simulate', 'd.ndjson'], { cwd });
    expect(exit).not.toBe(0);
    expect(err).toContain(expected);
  });

  it('says so when a file is not there', async () => {
    const cwd = folder({});
    expect((await runFake(['simulate', 'a.yaml'], { cwd })).err).toContain('a.yaml');
    expect((await runFake(['simulate', 'a.ndjson'], { cwd })).err).toContain('a.ndjson cannot be read');
  });
});

describe('the page about the simulator', () => {
  const page = readFileSync(path.join(ROOT, 'docs/simulator.md'), 'utf8');
  const blocks = [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language, text = '']) => ({
    language,
    text,
  }));

  it('shows the example as it is, and what it really prints', async () => {
    const file = 'examples/simulations/batch-and-people.yaml';
    const example = blocks.find(({ language }) => language === 'yaml')?.text;
    expect(example).toBe(readFileSync(path.join(ROOT, file), 'utf8'));
    const { out } = await runFake(['simulate', file], { cwd: ROOT });
    const shown = blocks.find(({ language }) => language === 'text')?.text;
    expect(shown, 'a new output belongs in docs/simulator.md').toBe(out);
  });

  it.each(['faults.yaml', 'victims.yaml'])('names an example that runs: %s', async (name) => {
    expect(page).toContain(`examples/simulations/${name}`);
    const argv = ['simulate', `examples/simulations/${name}`, '--json'];
    const { exit, out } = await runFake(argv, { cwd: ROOT });
    const report = JSON.parse(out) as { policies: { tasks: number; settled: number }[] };
    expect(exit).toBe(0);
    for (const { tasks, settled } of report.policies) expect(settled).toBe(tasks);
  });
});

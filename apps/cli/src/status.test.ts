import { describe, expect, it } from 'vitest';
import { runFake } from './testing/fake-cli.ts';
import { aStatus, aWorker } from './testing/fixtures.ts';

describe('precedent workers and status', () => {
  it('show one line for each worker', async () => {
    const workers = async () => [aWorker(), aWorker({ id: 'w2', state: 'draining', labels: { zone: 'a' } })];
    expect((await runFake(['workers'], { client: { workers } })).out).toMatchInlineSnapshot(`
      "WORKER  STATE     BUSY  LOAD  POOLS    LABELS  VERSION  UP  HEARD  TYPES
      w1      ready     3/10  -     default  -       0.1.0    1h  0s     command, http
      w2      draining  3/10  -     default  zone=a  0.1.0    1h  0s     command, http
      "
    `);
    expect((await runFake(['workers'], { client: { workers: async () => [] } })).out).toBe(
      'no workers: `precedent up` starts one, unless with --no-worker\n',
    );
  });

  it('show the load of every worker whole on 80 columns, and leave other columns out instead', async () => {
    const readings = { cpu: 0.94, memory: 0.88, disk: 0.5, ioWait: 0.1 };
    const thresholds = { cpu: 0.85, memory: 0.85, disk: 0.9, ioWait: 0.3 };
    const load = { level: 'critical' as const, ...readings, thresholds, recommended: 1, throttled: [] };
    const busy = aWorker({ id: 'build-machine-17', load, types: ['command', 'http', 'documents.index'] });
    const { out } = await runFake(['workers'], { client: { workers: async () => [busy] }, columns: 80 });
    const lines = out.trimEnd().split('\n');
    expect(lines[1]).toContain('  critical, CPU 94 %, +1  ');
    expect(lines.every((line) => line.length <= 80)).toBe(true);
  });

  it('show overdue slots apart from busy ones, whole on 80 columns', async () => {
    const load = { level: 'normal' as const, cpu: 0.94, memory: 0.8, disk: 0.5, ioWait: 0.1 };
    const worker = aWorker({
      id: 'build-machine-17',
      busy: 10,
      expressBusy: 1,
      overdue: { count: 1, since: 0, tasks: ['a'] },
      load: { ...load, recommended: 10, throttled: [] },
    });
    const { out } = await runFake(['workers'], { client: { workers: async () => [worker] }, columns: 80 });
    expect(out).toMatch(/ {2}9\/10 \+1 · 1 overdue \w+ {2}/);
    expect(out.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('show a blocked worker, with the task and the place in the code that block it', async () => {
    const blocked = { since: 0, tasks: ['a'], place: 'encode (file:///srv/encode.js:12:5)' };
    const { out } = await runFake(['workers'], {
      client: { workers: async () => [aWorker({ blocked })] },
      columns: 80,
    });
    expect(out).toMatch(/^w1 +blocked \w+ /m);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      "w1 is blocked by task a at encode (file:///srv/encode.js:12:5): isolate its handler with isolated({ in: 'thread', … })",
    );
  });

  it('say how far history and search are, where they are', async () => {
    const freshness = { seq: 1_230, lastSeq: 1_234, lagMs: 1_500 };
    const about = { semantic: true, open: 0, documents: 9, missed: 0, collection: 'interactions-a' };
    const building = { collection: 'interactions-b', model: 'b', done: 10, total: 200 };
    const trouble = { code: 'VECTORS_UNAVAILABLE', message: 'Qdrant is away' };
    const search = { status: async () => ({ ...about, freshness, model: 'a', building, trouble }) };
    const rows = { tasks: 12, attempts: 0, operations: 0, decisions: 0 };
    const fresh = { ...freshness, lagMs: 0, rebuilding: false };
    const sizes = { startedAt: 0, bytes: 0, retentionMs: 0 };
    const history = {
      status: async () => ({ freshness: fresh, state: 'following' as const, rows, ...sizes }),
    };
    const client = { status: async () => aStatus(), history, search };
    const { out } = await runFake(['status'], { client });
    expect(out).toContain('history  following, 12 tasks, up to date\n');
    expect(out).toContain(
      'search   by meaning (a), 1.5s and 4 entries behind, 10 of 200 embedded with b, VECTORS_UNAVAILABLE: Qdrant is away\n',
    );
    const { out: json } = await runFake(['status', '--json'], { client });
    expect(JSON.parse(json)).toMatchObject({ state: 'running', search: { building }, history: { rows } });
  });

  it('show the engine and its bands, the most urgent first', async () => {
    const { out } = await runFake(['status'], { client: { status: async () => aStatus() } });
    expect(out).toMatchInlineSnapshot(`
      "engine   running, cell main, epoch 4, version 0.1.0
      started  2026-11-20T11:59:00.000Z (1m 00s ago)
      workers  1 with 10 slots
      settled  10 completed, 2 failed, 1 timed_out since the engine started, 1m 00s ago
      journal  sequence 1234
      memory   120 MiB
      history  does not answer: not started, or busy
      search   does not answer: not started, or busy

      BAND      WAITING  QUEUED  RUNNING  RETRYING  SIZE
      critical  0        0       1        2         0 B
      high      0        0       0        0         0 B
      normal    0        0       3        0         0 B
      low       0        100000  0        0         29.9 MiB
      "
    `);
  });
});

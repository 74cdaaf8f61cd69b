import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import type { Issue } from '@precedent/kernel';
import { isAppError } from '@precedent/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { describeConfig, describeKeys } from './describe.ts';
import { envNameOf } from './keys.ts';
import type { LoadOptions } from './load.ts';
import { loadConfig } from './load.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const folderWith = (files: Record<string, string>): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-config-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
};

const load = (yaml: string | undefined, options: Partial<LoadOptions> = {}) =>
  loadConfig({ cwd: folderWith(yaml === undefined ? {} : { 'precedent.yaml': yaml }), env: {}, ...options });

const issuesOf = (yaml: string | undefined, options: Partial<LoadOptions> = {}): readonly Issue[] => {
  try {
    load(yaml, options);
  } catch (error) {
    if (isAppError(error) && error.code === 'INVALID_CONFIG') return error.extras.issues ?? [];
    throw error;
  }
  return [];
};

describe('loadConfig', () => {
  it('fills every key with its default when there is neither file nor variable', () => {
    const cwd = folderWith({});
    const config = loadConfig({ cwd, env: {} });
    expect(config).toMatchObject({
      cell: 'main',
      root: 'precedent.v1',
      namespace: 'default',
      server: { host: '127.0.0.1', metricsPort: 9_090 },
      nats: { url: '', port: 4_222, maxPayload: 8_388_608, syncAlways: true },
      storage: { dataDir: path.join(cwd, '.precedent'), journalRetention: 86_400_000 },
      execution: { maxConcurrent: 10, timeout: 300_000, retries: 3, retryDelay: 1_000, stopTimeout: 30_000 },
      bands: {
        critical: { queueTimeout: 60_000, grace: 5_000, aging: 0, maxWaitingBytes: 1_073_741_824 },
        low: { queueTimeout: 86_400_000, grace: 2_000, aging: 1_800_000, maxWaiting: 2_000_000 },
      },
      worker: { pools: ['default'], roots: [], lease: 10_000 },
      monitoring: { metrics: true, otlpUrl: '', tracePercent: 100 },
    });
    expect(new Set(Object.values(config.origins))).toEqual(new Set(['default']));
  });

  it.each([
    ['nats: { port: 4333, url: "nats://n1:4222" }', 'nats.port', 'nats.url'],
    ['vectorizer: { binary: qdrant, url: "http://q1:6333" }', 'vectorizer.binary', 'vectorizer.url'],
  ])('refuses a file that configures an own server and names a running one: %s', (yaml, own, running) => {
    expect(issuesOf(yaml)).toEqual([
      { field: own, message: expect.stringContaining(`${running} names a running one`) as string },
    ]);
  });

  it('lets a variable name a running server in place of the one that the file configures', () => {
    const env = { PRECEDENT_NATS_URL: 'nats://n1:4222' };
    expect(load('nats: { port: 4333 }', { env }).nats.url).toBe('nats://n1:4222');
  });

  it('takes a flag over a variable over the file over the default, and says which', () => {
    const yaml = 'cell: from-file\nproject: from-file\nnamespace: from-file\n';
    const config = load(yaml, {
      env: { PRECEDENT_CELL: 'from-env', PRECEDENT_PROJECT: 'from-env' },
      overrides: { cell: 'from-flag' },
    });
    expect([config.cell, config.project, config.namespace, config.root]).toEqual([
      'from-flag',
      'from-env',
      'from-file',
      'precedent.v1',
    ]);
    expect([config.origins['cell'], config.origins['project'], config.origins['namespace']]).toEqual([
      'flag',
      'env PRECEDENT_PROJECT',
      'precedent.yaml:3',
    ]);
  });

  it('counts an empty variable, a key without a value and an undefined flag as not given', () => {
    const config = load('cell:\nnats:\n', { env: { PRECEDENT_PROJECT: '' }, overrides: { root: undefined } });
    expect([config.cell, config.project, config.root, config.nats.port]).toEqual([
      'main',
      'default',
      'precedent.v1',
      4_222,
    ]);
  });

  it('reads every kind of value from a variable', () => {
    const config = load(undefined, {
      env: {
        PRECEDENT_EXECUTION_MAX_CONCURRENT: '64',
        PRECEDENT_EXECUTION_TIMEOUT: '90s',
        PRECEDENT_NATS_SYNC_ALWAYS: 'false',
        PRECEDENT_NATS_MAX_PAYLOAD: '2MiB',
        PRECEDENT_WORKER_TYPES: 'command, report.generate',
        PRECEDENT_WORKER_LABELS: 'zone=a,disk=ssd',
        PRECEDENT_BANDS_NORMAL_AGING: 'none',
        PRECEDENT_EVENTS: 'settled',
      },
    });
    expect(config.execution).toMatchObject({ maxConcurrent: 64, timeout: 90_000 });
    expect(config.nats).toMatchObject({ syncAlways: false, maxPayload: 2_097_152 });
    expect(config.worker.types).toEqual(['command', 'report.generate']);
    expect(config.worker.labels).toEqual({ zone: 'a', disk: 'ssd' });
    expect([config.bands.normal.aging, config.events]).toEqual([0, 'settled']);
  });

  it('takes the address of a collector by HTTP, with a path or without, and no other', () => {
    for (const url of ['http://127.0.0.1:4318', 'https://a.org/insert/opentelemetry/v1/traces', ''])
      expect(load(undefined, { overrides: { 'monitoring.otlpUrl': url } }).monitoring.otlpUrl).toBe(url);
    for (const url of ['127.0.0.1:4318', 'grpc://a.org:4317', 'http://', 'http://a b']) {
      const [issue] = issuesOf(undefined, { overrides: { 'monitoring.otlpUrl': url } });
      expect(issue?.message, url).toMatch(/^expected a URL such as "http:\/\/127.0.0.1:4318", got/);
    }
    const [issue] = issuesOf('monitoring:\n  tracePercent: 101\n');
    expect(issue?.message).toMatch(/^expected a whole number from 0 to 100, got 101/);
  });

  it('reports every problem of every source at once, each with its place', () => {
    const yaml = 'nats:\n  prot: 4222\nexecution:\n  timeout: soon\n';
    const issues = issuesOf(yaml, {
      env: { PRECEDENT_EXECUTION_RETRIES: 'many', PRECEDENT_STORAGE_DATADIR: '/x' },
      overrides: { 'nats.porrt': 1 },
    });
    expect(issues).toEqual([
      { field: 'precedent.yaml:2', message: 'no key nats.prot; did you mean nats.port?' },
      {
        field: 'PRECEDENT_STORAGE_DATADIR',
        message: 'no such variable; did you mean PRECEDENT_STORAGE_DATA_DIR?',
      },
      { field: 'nats.porrt', message: 'no such key; did you mean nats.port?' },
      {
        field: 'execution.timeout',
        message:
          'expected a duration such as "30s" or "5m", at least 1ms and at most 366 days, got "soon" (precedent.yaml:4)',
      },
      {
        field: 'execution.retries',
        message: 'expected a whole number from 0 to 100, got "many" (env PRECEDENT_EXECUTION_RETRIES)',
      },
    ]);
  });

  it.each([
    ['serverr:\n  host: a\n', 'precedent.yaml:1', /did you mean server\?$/],
    ['worker:\n  http:\n    alow: []\n', 'precedent.yaml:3', /did you mean worker.http.allow\?$/],
    ['cell: a\nzzzzzzzzzzzz: b\n', 'precedent.yaml:2', /^no key zzzzzzzzzzzz$/],
    [
      'server: { httpPort: 16080 }\n',
      'precedent.yaml:1',
      /^no key server.httpPort any more: its value is fixed, remove it$/,
    ],
    [
      'preemption:\n  rules: { recall: 2s }\n',
      'precedent.yaml:2',
      /^no key preemption.rules.recall any more: /,
    ],
    ['server: 16080\n', 'precedent.yaml:1', /^server holds keys with values/],
    ['- cell\n', 'precedent.yaml:1', /^the file holds keys with values/],
    ['cell: a\nnats: [1, 2\n', 'precedent.yaml:3', /./],
    ['cell: a\ncell: b\n', 'precedent.yaml:2', /unique/],
  ])('refuses the file %j with its line', (yaml, field, message) => {
    const [issue, ...more] = issuesOf(yaml);
    expect(more).toEqual([]);
    expect(issue?.field).toBe(field);
    expect(issue?.message).toMatch(message);
  });

  it('names a variable and a flag of an earlier version as such', () => {
    expect(
      issuesOf(undefined, {
        env: { PRECEDENT_PREEMPTION_BANDS_LOW_DEMANDS: 'immediate' },
        overrides: { 'preemption.rules.crossTenant': true },
      }),
    ).toEqual([
      {
        field: 'PRECEDENT_PREEMPTION_BANDS_LOW_DEMANDS',
        message: 'no such variable any more: its value is fixed, remove it',
      },
      {
        field: 'preemption.rules.crossTenant',
        message: 'no such key any more: its value is fixed, remove it',
      },
    ]);
  });

  it('reads through anchors and aliases', () => {
    const { bands } = load('bands:\n  high: &fast {grace: 1s, aging: none}\n  critical: *fast\n');
    expect([bands.critical.grace, bands.critical.aging, bands.low.grace]).toEqual([1_000, 0, 2_000]);
  });

  it.each<[Record<string, unknown>, string, RegExp]>([
    [
      { 'worker.heartbeat': '5s', 'worker.lease': '10s' },
      'worker.heartbeat',
      /less than half of worker.lease/,
    ],
    [{ 'nats.port': 9_090 }, 'nats.port', /9090 is the port of server.metricsPort too/],
    [{ 'nats.replicas': 3 }, 'nats.replicas', /name a cluster in nats.url$/],
    [{ 'nats.url': 'nats://a', 'nats.replicas': 6 }, 'nats.replicas', /from 1 to 5, got 6/],
    [{ 'nats.token': 'a', 'nats.user': 'b' }, 'nats.token', /exclude each other/],
    [{ 'nats.password': 'a' }, 'nats.user', /without a user/],
    [{ cell: 'a.b' }, 'cell', /letters, digits/],
    [{ root: 'a..b' }, 'root', /joined by dots/],
    [{ 'nats.url': 'nats://a, nats://b' }, 'nats.url', /a NATS URL/],
    [{ 'recent.maxBytes': '5 parsecs' }, 'recent.maxBytes', /a size from 0 to 64GiB, got "5 parsecs"/],
    [{ 'execution.maxConcurrent': 0 }, 'execution.maxConcurrent', /from 1 to 10000, got 0/],
  ])('refuses %j', (overrides, field, message) => {
    const [issue, ...more] = issuesOf(undefined, { overrides });
    expect(more).toEqual([]);
    expect(issue?.field).toBe(field);
    expect(issue?.message).toMatch(message);
  });

  it('lets several ports be 0, and ignores the port of an own server when a URL is given', () => {
    const overrides = { 'server.metricsPort': 0, 'nats.port': 0 };
    expect(issuesOf(undefined, { overrides })).toEqual([]);
    expect(issuesOf(undefined, { overrides: { 'nats.port': 9_090, 'nats.url': 'nats://x' } })).toEqual([]);
  });

  it('refuses a named file that does not exist, by argument and by PRECEDENT_CONFIG', () => {
    expect(issuesOf(undefined, { file: 'other.yaml' })).toEqual([
      { field: 'other.yaml', message: 'the file cannot be read: ENOENT' },
    ]);
    expect(issuesOf(undefined, { env: { PRECEDENT_CONFIG: 'other.yaml' } })).toHaveLength(1);
  });

  it('starts a relative path of the file at the folder of the file, and others at the working folder', () => {
    const folder = folderWith({ 'one.yaml': 'storage: {dataDir: store}\nnats: {binary: bin/nats-server}\n' });
    const cwd = folderWith({});
    const config = loadConfig({
      cwd,
      env: { PRECEDENT_NATS_BINARY: './here', PRECEDENT_VECTORIZER_BINARY: 'bin/qdrant' },
      file: path.join(folder, 'one.yaml'),
    });
    expect(config.storage.dataDir).toBe(path.join(folder, 'store'));
    expect(config.nats.binary).toBe(path.join(cwd, 'here'));
    expect(config.vectorizer.binary).toBe(path.join(cwd, 'bin/qdrant'));
    expect(config.file).toBe(path.join(folder, 'one.yaml'));
  });

  it('shows no credential of a URL that it refuses', () => {
    const issues = issuesOf(undefined, { overrides: { 'nats.url': 'nats://bob:hunter2@host/ no' } });
    expect(issues).toMatchObject([{ field: 'nats.url' }]);
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });

  it('leaves the name of a program as it is, to be looked for on PATH', () => {
    const folder = folderWith({ 'one.yaml': 'nats: {binary: nats-server}\n' });
    const env = { PRECEDENT_VECTORIZER_BINARY: 'qdrant' };
    const config = loadConfig({ cwd: '/', env, file: path.join(folder, 'one.yaml') });
    expect([config.nats.binary, config.vectorizer.binary]).toEqual(['nats-server', 'qdrant']);
  });

  it('leaves variables alone that are not settings: of the programs, of tests, of Kubernetes', () => {
    const env = {
      PRECEDENT_TASK_ID: 'a',
      PRECEDENT_ATTEMPT: '1',
      PRECEDENT_EPOCH: '1',
      PRECEDENT_RUN: 'a',
      PRECEDENT_DEBUG: '1',
      PRECEDENT_TEST_ANYTHING: '1',
      PRECEDENT_SERVICE_HOST: '10.0.0.1',
      PRECEDENT_NATS_PORT: 'tcp://10.0.0.1:4222',
      PRECEDENT_NATS_PORT_4222_TCP_ADDR: '10.0.0.1',
      PATH: '/bin',
    };
    expect(load(undefined, { env }).nats.port).toBe(4_222);
  });

  it('is frozen all the way down', () => {
    const config = load(undefined);
    expect(
      Object.isFrozen(config) && Object.isFrozen(config.worker.http) && Object.isFrozen(config.worker.types),
    ).toBe(true);
  });

  it('never prints a secret, not even a refused one', () => {
    const config = load('nats: {user: ann, password: hunter2}\n', {
      overrides: { 'nats.url': 'nats://bob:hunter2@host:4222' },
    });
    const shown = [
      JSON.stringify(config.nats.password),
      inspect(config.nats.password),
      String(config.nats.password),
    ];
    expect(shown).toEqual(['"***"', '***', '***']);
    expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2');
    expect(config.nats.password.reveal()).toBe('hunter2');
    expect(JSON.stringify(issuesOf('nats: {token: [hunter2]}\n'))).not.toContain('hunter2');
  });
});

describe('describeConfig', () => {
  it('gives values that can be pasted back into a file', () => {
    const config = load(
      'execution: {timeout: 1500ms}\nrecent: {maxBytes: 1000000}\nworker: {labels: {zone: a}}\n',
    );
    const rows = new Map(describeConfig(config).map((row) => [row.key, row]));
    expect(rows.get('execution.timeout')).toEqual({
      key: 'execution.timeout',
      value: '1500ms',
      origin: 'precedent.yaml:1',
    });
    expect(rows.get('recent.maxBytes')?.value).toBe('1000000');
    expect(rows.get('worker.labels')?.value).toBe('zone=a');
    expect(rows.get('bands.low.aging')).toEqual({ key: 'bands.low.aging', value: '30m', origin: 'default' });
  });

  it('reads its own rows back as overrides, and comes to the same values', () => {
    const config = load(undefined);
    const overrides = Object.fromEntries(describeConfig(config).map(({ key, value }) => [key, value]));
    const values = describeConfig(load(undefined, { overrides })).map(({ value }) => value);
    expect(values).toEqual(describeConfig(config).map(({ value }) => value));
  });
});

describe('the names of variables', () => {
  it.each([
    ['cell', 'PRECEDENT_CELL'],
    ['nats.url', 'PRECEDENT_NATS_URL'],
    ['storage.dataDir', 'PRECEDENT_STORAGE_DATA_DIR'],
    ['bands.critical.maxWaitingBytes', 'PRECEDENT_BANDS_CRITICAL_MAX_WAITING_BYTES'],
    ['worker.http.allow', 'PRECEDENT_WORKER_HTTP_ALLOW'],
  ])('%s is %s', (key, name) => {
    expect(envNameOf(key)).toBe(name);
  });

  it('are all different', () => {
    const names = describeKeys().map(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
  });
});

import { loadConfig } from '@precedent/config';
import { describe, expect, it } from 'vitest';
import { chosenParts } from './chosen-parts.ts';
import type { PartFlags } from './chosen-parts.ts';

const choose = (flags: PartFlags, env: Readonly<Record<string, string>> = {}): string => {
  const overrides = { 'nats.url': flags.natsUrl ?? flags.url, 'nats.port': flags.port };
  return [...chosenParts(flags, loadConfig({ cwd: '/nowhere', env, overrides }))].join(' ');
};

const URL = 'nats://10.0.0.1:4222';

describe('chosenParts', () => {
  it.each<[string, PartFlags, Readonly<Record<string, string>>, string]>([
    ['everything', {}, {}, 'nats engine history worker vectorizer gateway'],
    ['no server where one is named', { url: URL }, {}, 'engine history worker vectorizer gateway'],
    [
      'no server where a variable names one',
      {},
      { PRECEDENT_NATS_URL: URL },
      'engine history worker vectorizer gateway',
    ],
    [
      'nothing that a flag leaves out',
      { engine: false, vectorizer: false },
      {},
      'nats history worker gateway',
    ],
    [
      'nothing that is disabled',
      {},
      { PRECEDENT_HISTORY_ENABLED: 'false', PRECEDENT_GATEWAY_ENABLED: 'false' },
      'nats engine worker vectorizer',
    ],
    ['the parts that are named', { only: ['worker', 'engine'] }, {}, 'engine worker'],
    ['a server alone', { only: ['nats'], port: 1 }, {}, 'nats'],
  ])('is %s', (_, flags, env, expected) => {
    expect(choose(flags, env)).toBe(expected);
  });

  it.each<[PartFlags, Readonly<Record<string, string>>, string[]]>([
    [{ port: 1, url: URL }, {}, ['--port', '--url']],
    [{ port: 1, natsUrl: URL }, {}, ['--port', '--nats-url']],
    [{ port: 1 }, { PRECEDENT_NATS_URL: URL }, ['--port', 'PRECEDENT_NATS_URL']],
    [{ url: URL, natsUrl: 'nats://other:1' }, {}, ['--url', '--nats-url']],
    [{ only: ['engine'], worker: false }, {}, ['--only', '--no-worker']],
    [{ only: ['nats'], url: URL }, {}, ['--only nats', '--url']],
    [{ only: ['engine'], port: 1 }, {}, ['--port']],
    [{ only: ['engines'] }, {}, ['--only', '"engines"', 'nats, engine, history, worker, vectorizer']],
    [{ worker: false, slots: 3 }, {}, ['--slots', 'worker']],
    [{ only: ['engine'], files: ['/a'] }, {}, ['--files', 'worker']],
    [{ nats: false }, {}, ['--no-nats', '--url']],
  ])('refuses %j with %j, and names both', (flags, env, names) => {
    for (const name of names) expect(() => choose(flags, env)).toThrow(name);
  });
});

import { describe, expect, it } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';
import { upConfig } from './up.ts';

const FLAGS = { json: false, nats: true, worker: true, history: true, vectorizer: true };

const configWith = (flags: Partial<Parameters<typeof upConfig>[1]>) =>
  upConfig(
    { io: { cwd: '/srv/app', env: {} } as Parameters<typeof upConfig>[0]['io'] },
    { ...FLAGS, ...flags },
  );

describe('upConfig', () => {
  it('gives tasks no folder of files unless one is named', () => {
    expect(configWith({}).worker.roots).toEqual([]);
  });

  it('takes the folders of --files relative to the current one', () => {
    expect(configWith({ files: ['docs', '/data/in'] }).worker.roots).toEqual(['/srv/app/docs', '/data/in']);
  });
});

describe('precedent up', () => {
  it('refuses --no-nats without a URL before it starts anything', async () => {
    const outcome = await runFake(['up', '--no-nats']);
    expect(outcome.exit).toBe(64);
    expect(outcome.err).toContain('name a running server with --url');
  });
});

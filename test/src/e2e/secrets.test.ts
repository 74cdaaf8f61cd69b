import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endClis, startCli } from './cli.ts';
import type { RunningCli } from './cli.ts';

const SECRET = 'sk-live-2f9c71d0aa-e2e';
const MARKER = 'a-marker-of-this-test';

describe('a secret that a task refers to', () => {
  let folder: string;
  let up: RunningCli;
  let client: Client;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-secret-'));
    mkdirSync(path.join(folder, 'secrets/default'), { recursive: true });
    writeFileSync(path.join(folder, 'secrets/default/api-token'), `${SECRET}\n`);
    up = startCli(['up', '--data', 'data', '--port', '0', '--no-vectorizer'], {
      cwd: folder,
      env: { PRECEDENT_WORKER_SECRETS_FOLDER: 'secrets', PRECEDENT_MONITORING_METRICS: 'false' },
    });
    const url = /^ready in [^:]+: ([^\s,]+)/m.exec(await up.wrote('\nready in '))?.[1] ?? '';
    client = await connect({ servers: url });
  }, 120_000);
  afterAll(async () => {
    await client.close();
    endClis();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (command: string, env: Record<string, string>) => {
    const { id } = await client.submit({ command, env, retry: { max: 3, delay: 10 } });
    return await client.wait(id, { timeoutMs: 60_000 });
  };

  it('is refused at the first attempt when the worker does not have it', async () => {
    const view = await run('echo never', { TOKEN: 'secret://unknown' });
    expect(view).toMatchObject({ state: 'failed', attempt: 1, retries: 0, error: { code: 'INVALID_TASK' } });
    expect(view.error?.message).toBe('env.TOKEN: this worker has no secret "unknown" for namespace default');
  });

  it('reaches its command, and is nowhere in the data folder afterwards', async () => {
    const half = SECRET.length / 2;
    const view = await run(
      `echo ${MARKER} \${#TOKEN}; echo "$TOKEN"; printf "$TOKEN" | head -c ${half}; sleep 0.3; printf "$TOKEN" | tail -c +${half + 1}; echo; echo "$TOKEN" | base64 >&2; exit 4`,
      { TOKEN: 'secret://api-token' },
    );
    expect(view.state).toBe('failed');
    const shown = JSON.stringify(view);
    expect(shown).toContain(`${MARKER} ${SECRET.length}`);
    await vi.waitFor(async () => expect(await client.history.get(view.id)).toBeDefined(), {
      timeout: 30_000,
      interval: 100,
    });
    const inner = Buffer.from(SECRET).toString('base64').slice(0, -4);
    up.child.kill('SIGTERM');
    await up.exited;
    const files = readdirSync(path.join(folder, 'data'), { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(folder, 'data', name))
      .filter((name) => statSync(name).isFile());
    const holding = (text: string) => files.filter((file) => readFileSync(file).includes(text)).length;
    expect(holding(MARKER)).toBeGreaterThan(1);
    expect([holding(SECRET), holding(SECRET.slice(0, half)), holding(inner)]).toEqual([0, 0, 0]);
  }, 120_000);
});

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { AuditedRequest } from '@precedent/contract-types';
import { inboxPrefixOf } from '@precedent/contracts';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endClis, runCli, startCli } from '../e2e/cli.ts';
import type { CliResult, RunningCli } from '../e2e/cli.ts';
import { natsSocket } from './nats-socket.ts';

const ENV = {
  PRECEDENT_NATS_PORT: '0',
  PRECEDENT_MONITORING_METRICS: 'false',
  PRECEDENT_VECTORIZER_ENABLED: 'false',
  PRECEDENT_HISTORY_ENABLED: 'false',
  PRECEDENT_ACCESS_REQUIRED: 'true',
};

interface Tenant {
  readonly key: string;
  /** Of the key. */
  readonly id: string;
  readonly nc: NatsConnection;
}

describe('what the NATS server of `precedent up` denies', () => {
  let folder: string;
  let up: RunningCli;
  let url: string;
  const start = async (): Promise<void> => {
    up = startCli(['up', '--data', 'data'], { cwd: folder, env: ENV });
    url = /^ready in [^:]+: (\S+),/m.exec(await up.wrote('\nready in '))?.[1] ?? '';
  };
  const stop = async (): Promise<void> => {
    up.child.kill('SIGTERM');
    await up.exited;
  };
  const env = (): Record<string, string> => ({ PRECEDENT_STORAGE_DATA_DIR: path.join(folder, 'data') });
  const cli = (...args: string[]): Promise<CliResult> =>
    runCli(['-u', url, ...args], { cwd: folder, env: env() });
  const tenant = async (name: string, namespace: string): Promise<Tenant> => {
    await cli('grants', 'add', name, 'operator', '--namespace', namespace);
    const key = (await cli('keys', 'create', name)).stdout.trim();
    const id = key.split('_')[1] ?? '';
    const nc = await connect({ servers: url, token: key, inboxPrefix: inboxPrefixOf(id) });
    return { key, id, nc };
  };
  const entries = async (): Promise<AuditedRequest[]> =>
    (await cli('audit', 'export')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditedRequest);

  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-denied-'));
    await start();
  });
  afterEach(() => {
    endClis();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is in the audit trail: a publish to the subject of another tenant, and a subscription to its inbox', async () => {
    const [ann, bob] = [await tenant('ann', 'acme'), await tenant('bob', 'other')];
    const trail = startCli(['-u', url, 'audit', 'tail', '--follow'], { cwd: folder, env: env() });
    ann.nc.publish(`precedent.v1.ns.other.task.get.${bob.id}`);
    ann.nc.subscribe(`_INBOX_${bob.id}.>`, { callback: () => undefined });
    const line = (rest: string): string => `refused  FORBIDDEN  ${rest}  from 127.0.0.1\n`;
    const who = `ann  (${ann.id})`;
    await trail.wrote(line(`publish  ${who}  in other  precedent.v1.ns.other.task.get.${bob.id}`));
    await trail.wrote(line(`subscribe  ${who}  in *  _INBOX_${bob.id}.>`));
    trail.child.kill('SIGTERM');
    await Promise.all([trail.exited, ann.nc.close(), bob.nc.close()]);
    await stop();
  });

  it('is counted when there is a flood of it, and every attempt is in the count', async () => {
    const { key, id, nc } = await tenant('ann', 'acme');
    await nc.close();
    const socket = await natsSocket(url, key);
    const attempts = 150_000;
    const some = Buffer.from('PUB $JS.API.INFO 0\r\n\r\n'.repeat(1_000));
    for (let n = 0; n < attempts; n += 1_000) await socket.send(some);
    await socket.flush();
    socket.close();
    await stop();
    await start();
    const denied = (await entries()).filter((entry) => entry.operation === 'publish');
    for (const entry of denied)
      expect(entry).toMatchObject({ credential: id, decision: 'refused', targets: ['$JS.API.INFO'] });
    expect(denied.length).toBeLessThan(25);
    expect(denied.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(attempts);
    await stop();
  });
});

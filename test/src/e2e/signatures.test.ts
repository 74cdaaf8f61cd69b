import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endClis, runCli, startCli } from './cli.ts';
import type { CliResult, RunningCli } from './cli.ts';

const INVALID = { code: 'SIGNATURE_INVALID' };

/** As docs/security.md says it to those who have no SDK. */
const signedByHand = (privateKey: KeyObject, key: string) => {
  const text =
    '{"band":"normal","labels":{},"namespace":"acme","project":"web","task":{"args":["over","http"],"command":"true"},"type":"command"}';
  const digest = createHash('sha256').update(text).digest('base64url');
  const signed = Buffer.from(`precedent-task-v1\nacme--http\n${digest}`);
  return {
    id: 'acme--http',
    band: 'normal',
    namespace: 'acme',
    project: 'web',
    type: 'command',
    command: 'true',
    args: ['over', 'http'],
    signature: { key, value: sign(null, signed, privateKey).toString('base64url') },
  };
};

describe('signed tasks in a cell that requires keys', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-signed-'));
  let up: RunningCli;
  let url: string;
  let http: string;
  /** The key of ann, the private key with which she signs, and its id. */
  let token: string;
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  let id: string;

  /** As the person at this machine, unless a key is named. */
  const cli = (args: string[], key?: string): Promise<CliResult> =>
    runCli(['-u', url, ...args], {
      cwd: folder,
      env: {
        HOME: path.join(folder, 'home'),
        PRECEDENT_STORAGE_DATA_DIR: path.join(folder, key === undefined ? 'data' : 'none'),
        ...(key !== undefined && { PRECEDENT_NATS_TOKEN: key, PRECEDENT_NAMESPACE: 'acme' }),
      },
    });
  const done = async (args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli(args);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const post = async (task: object): Promise<{ status: number; body: object }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${http}/api/v1/tasks`, {
      method: 'POST',
      headers,
      body: JSON.stringify(task),
    });
    return { status: response.status, body: (await response.json()) as object };
  };

  beforeAll(async () => {
    mkdirSync(path.join(folder, 'home'));
    writeFileSync(path.join(folder, 'signing.pem'), pem);
    const env = {
      HOME: path.join(folder, 'home'),
      PRECEDENT_NATS_PORT: '0',
      PRECEDENT_MONITORING_METRICS: 'false',
      PRECEDENT_VECTORIZER_ENABLED: 'false',
      PRECEDENT_GATEWAY_ENABLED: 'true',
      PRECEDENT_GATEWAY_HTTP_PORT: '0',
      PRECEDENT_GATEWAY_GRPC_PORT: '0',
      PRECEDENT_GATEWAY_MCP_PORT: '0',
      PRECEDENT_ACCESS_REQUIRED: 'true',
    };
    up = startCli(['up', '--data', 'data'], { cwd: folder, env });
    const text = await up.wrote('\nready in ');
    url = /^ready in [^:]+: (\S+),/m.exec(text)?.[1] ?? '';
    http = /^gateway +\S+ +(http:\S+),/m.exec(text)?.[1] ?? '';
    token = await done(['keys', 'create', 'ann']);
    await done(['grants', 'add', 'ann', 'operator', '--namespace', 'acme']);
    id = await done(['signers', 'add', 'ann', 'signing.pem']);
  });
  afterAll(async () => {
    up.child.kill('SIGTERM');
    await up.exited;
    endClis();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are accepted from the command line, the SDK and over HTTP, and say by which key', async () => {
    const run = await cli(['run', '--sign-with', 'signing.pem', '--json', '--', 'true'], token);
    expect([run.code, run.stderr]).toEqual([0, '']);
    const client = await connect({ servers: url, token, namespace: 'acme', signingKey: pem });
    for (const door of ['ask', 'drop'] as const) {
      const accepted = await client.submit({ command: 'true', labels: { by: door } }, { door });
      expect(await client.wait(accepted.id)).toMatchObject({
        state: 'completed',
        submittedBy: 'ann',
        signedBy: id,
      });
    }
    await client.close();

    const task = signedByHand(privateKey, id);
    expect(await post({ ...task, args: ['changed'] })).toMatchObject({ status: 400, body: INVALID });
    expect(await post(task)).toMatchObject({ status: 202, body: { id: 'acme--http' } });
    expect((await cli(['get', 'acme--http'], token)).stdout).toMatch(new RegExp(`^signed by +${id}$`, 'm'));
  });

  it('are refused with a key that was removed, and those before verify until their bytes are changed', async () => {
    expect((await cli(['signers', 'list'])).stdout).toContain(`${id}  ann`);
    expect(await done(['signers', 'remove', `id=${id}`])).toContain('is removed');
    expect(await done(['signers', 'remove', 'signing.pem'])).toContain(id);
    const late = await cli(['submit', '--sign-with', 'signing.pem', '--', 'true'], token);
    expect([late.code, late.stderr]).toEqual([65, expect.stringContaining('was removed at')]);
    const verified = await cli(['verify']);
    expect(verified.stdout).toMatch(/^signed +4 of them, by their submitters$/m);
    expect(verified.stdout).toMatch(new RegExp(`^removed key +${id} of ann, removed at 20`, 'm'));
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('Nothing was changed.')]);
    const trail = (await cli(['audit', 'export'])).stdout;
    for (const operation of ['access.addSigner', 'access.removeSigner', 'SIGNATURE_INVALID'])
      expect(trail).toContain(operation);
  });
});

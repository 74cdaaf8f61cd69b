import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { AppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandExecutor } from '../command/command.executor.ts';
import type { CommandResult } from '../command/verdict.ts';
import { httpExecutor } from '../http/http.executor.ts';
import type { HttpPayload } from '../http/http-call.ts';
import { anAttempt } from '../testing/attempt.ts';
import { AttemptYield } from '../yield-signal.ts';
import { MASK } from './redactor.ts';
import { envReferences } from './references.ts';
import { secretsIn } from './secret-source.ts';
import { withSecrets } from './with-secrets.ts';

const SECRET = 'tok-4711-abcdefghij';
const source = (name: string) => Promise.resolve(name === 'token' ? SECRET : undefined);
const env = { TOKEN: 'secret://token' };
const errorOf = (failing: Promise<unknown>): Promise<unknown> => failing.catch((error: unknown) => error);

describe('a command with a secret in its environment', () => {
  const run = commandExecutor({ secrets: source });

  it('gets the value, which does not leave it, also in two writes or in base64', async () => {
    const script = `echo "whole $TOKEN"; printf 'split tok-4711-'; sleep 0.2; printf 'abcdefghij\\n'
      printf 'coded '; printf "x$TOKEN" | base64; echo "length \${#TOKEN}"; echo "$TOKEN" >&2`;
    const attempt = anAttempt({ command: script, env });
    const result = (await attempt.run(run)) as CommandResult;
    for (const shown of [attempt.text('stdout'), result.stdout]) {
      expect(shown).toContain(`whole ${MASK}\nsplit ${MASK}\ncoded `);
      expect(shown).toContain(`length ${SECRET.length}`);
      expect(shown).not.toContain(Buffer.from(`x${SECRET}`).toString('base64').slice(4, -4));
    }
    expect(attempt.text('stderr')).toBe(`${MASK}\n`);
    expect(JSON.stringify([attempt.lines, result])).not.toContain(SECRET);
  });

  it('does not show it in its failure', async () => {
    const error = await errorOf(anAttempt({ command: 'echo "$TOKEN"; exit 3', env }).run(run));
    expect(error).toMatchObject({
      code: 'COMMAND_FAILED',
      extras: { details: { stdout: `${MASK}\n`, exitCode: 3 } },
    });
  });

  it('fails without a retry when the worker has no such secret', async () => {
    const attempt = anAttempt({
      command: 'echo never',
      env: { A: 'secret://none', B: 'not secret://token' },
    });
    const message = 'env.A: this worker has no secret "none" for namespace default';
    expect(await errorOf(attempt.run(run))).toMatchObject({ code: 'INVALID_TASK', message });
    expect(attempt.lines).toEqual([]);
  });
});

describe('an HTTP call with secrets', () => {
  const parse = (payload: unknown): HttpPayload => ({
    method: 'POST',
    headers: {},
    expect: '2xx',
    timeoutMs: 30_000,
    maxBytes: 256 * 1024,
    ...(payload as { readonly url: string }),
  });

  const setup = async (redirectTo?: string) => {
    const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
    const server = createServer(async (request, response) => {
      seen.push({ headers: request.headers, body: await text(request) });
      const status = redirectTo === undefined ? 200 : 307;
      response.writeHead(status, { location: redirectTo ?? '', 'x-echo': request.headers['x-key'] ?? '' });
      response.end(seen.at(-1)?.body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const post = (payload: object) =>
      anAttempt({ payload: { url, ...payload } }).run(httpExecutor({ parse, secrets: source }));
    return { seen, url, post };
  };

  it('sends them in headers and body, and hides them in the answer', async () => {
    const { seen, post } = await setup();
    const payload = { headers: { 'x-key': 'Bearer secret://token' }, body: { deep: ['secret://token.', 1] } };
    const result = await post(payload);
    expect(seen[0]).toMatchObject({
      headers: { 'x-key': `Bearer ${SECRET}` },
      body: `{"deep":["${SECRET}.",1]}`,
    });
    expect(result).toMatchObject({
      headers: { 'x-echo': `Bearer ${MASK}` },
      body: `{"deep":["${MASK}.",1]}`,
    });
  });

  it('does not take them to another origin', async () => {
    const other = await setup();
    const { post } = await setup(other.url);
    await post({ headers: { 'x-key': 'secret://token', 'x-other': 'kept' } });
    expect(other.seen[0]?.headers).toMatchObject({ 'x-other': 'kept' });
    expect(other.seen[0]?.headers).not.toHaveProperty('x-key');
    expect(await errorOf(post({ body: 'secret://token' }))).toMatchObject({
      code: 'HTTP_FAILED',
      message: expect.stringContaining('the body holds a secret') as string,
    });
    expect(other.seen).toHaveLength(1);
  });
});

describe('an executor with secrets', () => {
  const attemptWith = (run: Parameters<typeof withSecrets>[0]) => {
    const attempt = anAttempt({ env });
    return { attempt, ended: errorOf(attempt.run(withSecrets(run, source, envReferences))) };
  };

  it('hides them in every field of an error, and in errors of other kinds', async () => {
    const details = { deep: [{ text: SECRET }] };
    const issues = [{ field: 'a', message: SECRET }];
    const failed = attemptWith(() =>
      Promise.reject(new AppError('HTTP_FAILED', `x ${SECRET}`, { details, issues })),
    );
    expect(await failed.ended).toMatchObject({
      message: `x ${MASK}`,
      extras: { details: { deep: [{ text: MASK }] }, issues: [{ message: MASK }] },
    });
    expect(await attemptWith(() => Promise.reject(new Error(SECRET))).ended).toMatchObject({ message: MASK });
  });

  it('passes a request to yield on, and logs what it held back', async () => {
    const stopped = new AttemptYield(undefined);
    const { attempt, ended } = attemptWith(async (_, context) => {
      context.log('stdout', 'a token: tok');
      context.progress(0.5, SECRET);
      throw stopped;
    });
    expect(await ended).toBe(stopped);
    expect(attempt.text('stdout')).toBe('a token: tok');
  });
});

describe('the secrets of a worker', () => {
  const setup = () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'precedent-secrets-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(path.join(folder, 'acme'));
    writeFileSync(path.join(folder, 'acme', 'db.password'), 'from-a-file\n');
    writeFileSync(path.join(folder, 'outside'), 'not-a-secret');
    const variables = { SECRET_DB_PASSWORD: 'from-a-variable', DB_PASSWORD: 'another' };
    return secretsIn({ folder, prefix: 'SECRET_', namespace: 'default', env: variables });
  };

  it('are files of a namespace, and variables for the default one only', async () => {
    const read = setup();
    expect(await read('db.password', 'acme')).toBe('from-a-file');
    expect(await read('db.password', 'default')).toBe('from-a-variable');
    expect(await read('db-password', 'acme')).toBeUndefined();
    expect(await read('db.password', 'other')).toBeUndefined();
  });

  it('are nothing outside of the folder', async () => {
    const read = setup();
    for (const name of ['../outside', '..', '.', '', 'a/b', '/etc/passwd'])
      expect(await read(name, 'acme')).toBeUndefined();
    expect(await read('outside', '..')).toBeUndefined();
    expect(await read('outside', '.')).toBeUndefined();
  });
});

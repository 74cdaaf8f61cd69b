import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRECEDENT, endClis, runCli, startCli } from './cli.ts';
import type { CliResult, RunningCli } from './cli.ts';

/** A cell of `precedent up` with its gateway, in a folder of its own. */
const startCell = async (isClosed: boolean) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-http-'));
  const home = path.join(folder, 'home');
  mkdirSync(home);
  const env = {
    HOME: home,
    PRECEDENT_NATS_PORT: '0',
    PRECEDENT_MONITORING_METRICS: 'false',
    PRECEDENT_GATEWAY_ENABLED: 'true',
    PRECEDENT_GATEWAY_HTTP_PORT: '0',
    PRECEDENT_GATEWAY_GRPC_PORT: '0',
    PRECEDENT_GATEWAY_MCP_PORT: '0',
    PRECEDENT_ACCESS_REQUIRED: String(isClosed),
  };
  const up: RunningCli = startCli(['up', '--data', 'data'], { cwd: folder, env });
  const text = await up.wrote('\nready in ');
  const nats = /^ready in [^:]+: (\S+),/m.exec(text)?.[1] ?? '';
  const [, http = '', mcp = ''] =
    /^gateway +\S+ +(http:\S+), gRPC http:\S+, MCP (http:\S+),/m.exec(text) ?? [];
  const fileText = (name: string): string => readFileSync(path.join(folder, 'data', name), 'utf8').trim();
  const send = async (key: string, request: string, body?: unknown, type = 'application/json') => {
    const [method = '', target = ''] = request.split(' ');
    const response = await fetch(`${http}/api/v1${target}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
    return { status: response.status, location: response.headers.get('location'), text, json };
  };
  const cli = (...args: string[]): Promise<CliResult> =>
    runCli(['-u', nats, ...args], {
      cwd: folder,
      env: { HOME: home, PRECEDENT_STORAGE_DATA_DIR: path.join(folder, 'data') },
    });
  /** As `precedent open` does in a browser. */
  const opened = async (): Promise<string> => {
    const env = {
      HOME: home,
      PRECEDENT_STORAGE_DATA_DIR: path.join(folder, 'data'),
      PRECEDENT_GATEWAY_HTTP_PORT: new URL(http).port,
      PRECEDENT_ACCESS_REQUIRED: String(isClosed),
    };
    const { code, stdout, stderr } = await runCli(['-u', nats, 'open', '--json'], { cwd: folder, env });
    expect([code, stderr]).toEqual([0, expect.stringContaining('once, within a minute')]);
    const { url } = JSON.parse(stdout) as { url: string };
    const [page = '', link] = url.split('#');
    expect(page).toBe(`${http}/login/link`);
    const begun = await fetch(`${http}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: http },
      body: JSON.stringify({ link }),
    });
    expect(begun.status).toBe(201);
    return begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  };
  const stop = async (): Promise<void> => {
    up.child.kill('SIGTERM');
    await up.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  /** An official client of the tools for agents. */
  const agent = async (key: string): Promise<Client> => {
    const client = new Client({ name: 'test', version: '1' });
    const headers = { authorization: `Bearer ${key}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(mcp), { requestInit: { headers } }));
    return client;
  };
  return { folder, nats, http, fileText, send, cli, opened, stop, agent };
};

afterAll(endClis);

type Cell = Awaited<ReturnType<typeof startCell>>;

describe('HTTP of an open cell', () => {
  let cell: Cell;
  let key: string;
  beforeAll(async () => {
    cell = await startCell(false);
    key = cell.fileText('gateway.key');
  });
  afterAll(() => cell.stop());

  it('needs the key of the data folder, which only its owner can read', async () => {
    expect(statSync(path.join(cell.folder, 'data/gateway.key')).mode & 0o777).toBe(0o600);
    for (const wrong of ['', 'x', `${key}x`]) expect((await cell.send(wrong, 'GET /tasks')).status).toBe(401);
    expect((await fetch(`${cell.http}/readyz`)).status).toBe(200);
  });

  it('logs a browser in by `precedent open`, which then reads, submits and follows with its cookie', async () => {
    const cookie = await cell.opened();
    const as = (path_: string, init: RequestInit = {}, more: Record<string, string> = {}) =>
      fetch(`${cell.http}/api/v1${path_}`, { ...init, headers: { cookie, ...more } });
    expect(await (await as('/session')).json()).toMatchObject({
      grants: [{ role: 'admin', namespace: '*' }],
      session: { renews: false },
    });
    const task = { method: 'POST', body: JSON.stringify({ command: 'echo', args: ['from a page'] }) };
    const type = { 'content-type': 'application/json' };
    expect((await as('/tasks?wait=20s', task, type)).status).toBe(403);
    const done = await as('/tasks?wait=20s', task, { ...type, origin: cell.http });
    const { id } = (await done.json()) as { id: string };
    expect(done.status).toBe(200);
    const events = await as(`/tasks/${id}/events`, {}, { accept: 'text/event-stream' });
    expect(await events.text()).toMatch(/"event":"completed"[^]*event: end/);
  });

  it('submits a task, waits for its verdict, and reads it at its place', async () => {
    const done = await cell.send(key, 'POST /tasks?wait=20s', { command: 'echo', args: ['hello'] });
    expect([done.status, done.json()]).toMatchObject([
      200,
      { state: 'completed', result: { stdout: 'hello\n' } },
    ]);
    expect(
      (await fetch(`${cell.http}${done.location}`, { headers: { authorization: `Bearer ${key}` } })).status,
    ).toBe(200);
    const { id } = done.json();
    const logs = await cell.send(key, `GET /tasks/${String(id)}/logs?waitMs=5000`);
    expect(logs.json()).toMatchObject({ chunks: [{ text: 'hello\n' }] });
  });

  it('makes a project, changes it where it is as the client read it, and shows it to the command line', async () => {
    const made = await cell.send(key, 'PUT /projects/shop', { spec: { bandMax: 'normal', weight: 2 } });
    expect([made.status, made.json()]).toMatchObject([200, { name: 'shop', revision: 1 }]);
    const url = `${cell.http}/api/v1/projects/shop`;
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const tag = (await fetch(url, { headers })).headers.get('etag') ?? '';
    const change = (weight: number) =>
      fetch(url, {
        method: 'PUT',
        headers: { ...headers, 'if-match': tag },
        body: JSON.stringify({ spec: { weight } }),
      });
    expect((await change(3)).status).toBe(200);
    expect((await change(4)).status).toBe(412);
    const wrong = await cell.send(key, 'PUT /projects/shop', { spec: { weight: 1_000 } });
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('spec.weight')]);
    const shown = await cell.cli('project', 'show', 'shop');
    expect(shown.stdout).toMatch(/^revision +2$/m);
    expect(shown.stdout).toContain('spec:\n  weight: 3\n');
    expect((await cell.cli('project', 'delete', 'shop')).stdout).toBe('project shop is deleted\n');
    expect((await cell.send(key, 'GET /projects/shop')).status).toBe(404);
  });

  it('applies a file of definitions, and names the line of what is wrong with it', async () => {
    const file = (text: string): string => {
      writeFileSync(path.join(cell.folder, 'shop.yaml'), text);
      return 'shop.yaml';
    };
    const good = file('kind: project\nname: a\nspec:\n  weight: 2\n---\nkind: project\nname: b\nspec: {}\n');
    const applied = await cell.cli('apply', '-f', good);
    expect([applied.code, applied.stdout]).toEqual([
      0,
      'project a has revision 1\nproject b has revision 1\n',
    ]);
    expect((await cell.cli('project', 'list')).stdout).toMatch(/^a .*weight 2$/m);
    const bad = await cell.cli('apply', '-f', file('kind: project\nname: a\nspec: {}\n---\nkind: projekt\n'));
    expect([bad.code, bad.stderr]).toEqual([
      65,
      expect.stringContaining('shop.yaml:5: kind: got "projekt"; did you mean project?'),
    ]);
  });

  it('takes a stream of lines, and says for each what became of it', async () => {
    const tasks = Array.from({ length: 1_000 }, (_, n) =>
      JSON.stringify({ id: `line-${n}`, type: 'nothing.runs' }),
    );
    const { status, text } = await cell.send(
      key,
      'POST /tasks',

      [...tasks, '{"type":1}'].join('\n'),
      'application/x-ndjson',
    );
    const results = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id?: string; error?: object });
    expect([status, results.length, results[999]?.id]).toEqual([200, 1_001, 'line-999']);
    expect(results[1_000]?.error).toMatchObject({ code: 'INVALID_TASK' });
    const listed = await cell.send(key, 'GET /tasks/line-7');
    expect(listed.json()).toMatchObject({ id: 'line-7', state: 'queued' });
  });

  it('cancels the tasks that a preview counted, with its token and as a task', async () => {
    const lines = Array.from({ length: 30 }, () => JSON.stringify({ type: 'nothing.runs', project: 'bulk' }));
    await cell.send(key, 'POST /tasks', lines.join('\n'), 'application/x-ndjson');
    const filter = { project: 'bulk' };
    const found = await cell.send(key, 'POST /tasks/bulk', { action: 'cancel', filter });
    expect([found.status, found.json()]).toMatchObject([200, { count: 30 }]);
    const { token } = found.json();
    const started = await cell.send(key, 'POST /tasks/bulk/start', { token });
    const { id } = started.json();
    expect([started.status, started.location]).toEqual([202, `/api/v1/tasks/${String(id)}`]);
    const done = await cell.send(key, `GET /tasks/${String(id)}/wait?timeoutMs=20000`);
    expect(done.json()).toMatchObject({ state: 'completed', result: { done: 30, refused: {} } });
    expect((await cell.send(key, 'POST /tasks/bulk/start', { token })).json()).toMatchObject({ id });
    const wrong = await cell.send(key, 'POST /tasks/bulk', { action: 'cancel', filter: { owner: 'me' } });
    expect([wrong.status, wrong.json()]).toMatchObject([400, { code: 'INVALID_REQUEST' }]);
    const again = await cell.send(key, 'POST /tasks/bulk', {
      action: 'delete',
      filter: { ...filter, type: ['nothing.runs'] },
    });
    expect(again.json()).toMatchObject({ action: 'delete', count: 30 });
  });

  it('lets an agent submit, follow and explain a task by its tools', async () => {
    const agent = await cell.agent(key);
    const call = async (name: string, args: Record<string, unknown>) =>
      (await agent.callTool({ name, arguments: args })).structuredContent as {
        reply: Record<string, unknown>;
        untrusted?: { path: string; text: string }[];
      };
    const { reply: accepted } = await call('submit_task', { command: 'echo', args: ['from an agent'] });
    const { id } = accepted;
    const done = await call('wait_task', { id, timeoutMs: 20_000 });
    expect(done.reply).toMatchObject({ state: 'completed', band: 'critical' });
    expect(done.untrusted?.find(({ path: place }) => place === 'result')?.text).toContain('from an agent');
    expect((await call('explain_task', { id })).reply).toMatchObject({ task: { id } });
    expect((await agent.callTool({ name: 'get_task', arguments: { id: 'no-such' } })).isError).toBe(true);
    await agent.close();
  });

  it('serves the same tools to a host that starts `precedent mcp`', async () => {
    const agent = new Client({ name: 'test', version: '1' });
    const env = { PRECEDENT_NATS_URL: cell.nats, HOME: cell.folder };
    await agent.connect(
      new StdioClientTransport({ command: PRECEDENT, args: ['mcp', '--band', 'high'], env }),
    );
    const submitted = await agent.callTool({ name: 'submit_task', arguments: { type: 'nothing.runs' } });
    const { reply } = submitted.structuredContent as { reply: { id: string } };
    const got = await agent.callTool({ name: 'get_task', arguments: { id: reply.id } });
    expect(got.structuredContent).toMatchObject({ reply: { id: reply.id, band: 'high', state: 'queued' } });
    await agent.close();
  });

  it('gives the history page after page, with cursors that hold for that list', async () => {
    const page = async (query: string) => {
      const { status, json } = await cell.send(key, `GET /history/tasks?type=nothing.runs&limit=600${query}`);
      return { status, ...(json() as { tasks?: { id: string }[]; cursor?: string }) };
    };
    const first = await page('');
    const second = await page(`&cursor=${String(first.cursor)}`);
    const ids = [...(first.tasks ?? []), ...(second.tasks ?? [])].map(({ id }) => id);
    expect([first.status, second.status, second.cursor, new Set(ids).size]).toEqual([
      200,
      200,
      undefined,
      ids.length,
    ]);
    expect(ids.length).toBeGreaterThan(600);
    expect((await page(`&band=low&cursor=${String(first.cursor)}`)).status).toBe(400);
    expect(statSync(path.join(cell.folder, 'data/gateway.secret')).mode & 0o777).toBe(0o600);
  });

  it('refuses the wrong, and names the field', async () => {
    const bad = await cell.send(key, 'POST /tasks', { type: 't', retires: 3 });
    expect([bad.status, bad.json()]).toMatchObject([
      400,
      { code: 'INVALID_TASK', issues: [{ field: 'retires' }] },
    ]);
    const limit = await cell.send(key, 'GET /tasks?limit=many');
    expect(limit.json()).toMatchObject({ code: 'INVALID_REQUEST', issues: [{ field: 'limit' }] });
    const keys = await cell.send(key, 'GET /access/keys');
    expect([keys.status, keys.text]).toEqual([400, expect.stringContaining('access is open here')]);
    const absent = await cell.send(key, 'POST /search', { text: 'hello' });
    expect([absent.status, absent.json()]).toMatchObject([503, { code: 'VECTORS_UNAVAILABLE' }]);
  });
});

describe('HTTP of a cell that requires keys', () => {
  let cell: Cell;
  beforeAll(async () => {
    cell = await startCell(true);
  });
  afterAll(() => cell.stop());

  it('gives each key what its grants give, and records who was refused', async () => {
    const keyOf = async (principal: string, namespace: string): Promise<string> => {
      const key = (await cell.cli('keys', 'create', principal)).stdout.trim();
      await cell.cli('grants', 'add', principal, 'operator', '--namespace', namespace);
      return key;
    };
    const [ann, bob] = [await keyOf('ann', 'acme'), await keyOf('bob', 'beta')];
    const { location, status, json } = await cell.send(ann, 'POST /tasks?wait=20s', { command: 'true' });
    expect([status, json()]).toMatchObject([
      200,
      { namespace: 'acme', submittedBy: 'ann', state: 'completed' },
    ]);
    const place = location?.replace('/api/v1', '') ?? '';
    expect((await cell.send(ann, `GET ${place}`)).status).toBe(200);
    const [foreign, unknown] = [
      await cell.send(bob, `GET ${place}`),
      await cell.send(bob, 'GET /tasks/no-such'),
    ];
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    expect((await cell.send(bob, 'GET /tasks')).json()).toMatchObject({ tasks: [] });
    expect((await cell.send(bob, 'GET /tasks?namespace=acme')).status).toBe(403);
    expect((await cell.send(ann, 'POST /history/rebuild')).status).toBe(403);
    expect((await cell.send(cell.fileText('admin.key'), 'GET /status')).json()).toMatchObject({
      state: 'running',
    });

    const agent = await cell.agent(bob);
    const seen = await agent.callTool({ name: 'get_task', arguments: { id: place.split('/').at(-1) } });
    expect(seen.structuredContent).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
    await agent.close();

    const begun = await fetch(`${cell.http}/api/v1/session`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ann}` },
    });
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const whoIs = (sent: string) => fetch(`${cell.http}/api/v1/session`, { headers: { cookie: sent } });
    const grants = [
      { role: 'operator', rights: ['read', 'submit', 'control'], namespace: 'acme', project: '*' },
    ];
    expect(await (await whoIs(cookie)).json()).toMatchObject({ principal: 'ann', grants });
    expect(await (await whoIs(await cell.opened())).json()).toMatchObject({ principal: 'local-admin' });

    await cell.cli('keys', 'revoke', ann.split('_')[1] ?? '');
    expect((await whoIs(cookie)).status).toBe(401);
    const revoked = await cell.send(ann, `GET ${place}`);
    expect([revoked.status, revoked.json()]).toMatchObject([401, { code: 'UNAUTHENTICATED' }]);
    const trail = (await cell.cli('audit', 'export')).stdout;
    expect(trail).toContain('"operation":"http.authenticate"');
    expect(trail).not.toContain(ann.split('_')[2] ?? 'no secret');
  });
});

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { AppError } from '@precedent/kernel';
import { textSeal } from '@precedent/ports';
import { TEST_KEY as KEY, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OPERATION_TOOLS } from './operation-tools.ts';
import { openMcpServer } from './server.ts';
import { TOOLSETS, isChosen, toolsetsIn } from './toolsets.ts';
import type { Toolset } from './toolsets.ts';
import { TYPE_TOOLS } from './types/type-tools.ts';

const ALL = [...OPERATION_TOOLS, ...TYPE_TOOLS];
const namesIn = (...toolsets: readonly Toolset[]): string[] =>
  ALL.filter((tool) => isChosen(tool, toolsets)).map(({ name }) => name);

const setup = async (toolsets?: readonly Toolset[], readOnly = false) => {
  const { options, calls } = testListener();
  const server = await openMcpServer({
    ...options,
    readOnly,
    ...(toolsets && { toolsets }),
    taskSeal: textSeal('secret', 'mcp-task'),
    retentionMs: 60_000,
  });
  onTestFinished(() => server.close());
  const connect = async (query = ''): Promise<Client> => {
    const client = new Client(
      { name: 'test', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    const requestInit = { headers: { authorization: `Bearer ${KEY}` } };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${server.url}${query}`), { requestInit }),
    );
    onTestFinished(() => client.close());
    return client;
  };
  const listed = async (query?: string) =>
    (await (await connect(query)).listTools()).tools.map(({ name }) => name);
  return { url: server.url, calls, connect, listed };
};

describe('the toolsets', () => {
  it('hold every tool, and none of them is empty', () => {
    expect(ALL.filter(({ area }) => area === undefined)).toEqual([]);
    for (const name of Object.keys(TOOLSETS) as Toolset[]) expect(namesIn(name)).not.toEqual([]);
    expect(namesIn('tasks', 'types', 'orchestration', 'history', 'search', 'webhooks', 'cell')).toEqual(
      ALL.map(({ name }) => name),
    );
  });

  it('have what reads apart from what changes something', () => {
    expect(namesIn('tasks:write')).toEqual([
      'submit_task',
      'cancel_task',
      'retry_task',
      'change_task_band',
      'start_bulk',
    ]);
    expect(namesIn('search:write')).toEqual(['remember_resolution', 'remember_note']);
    expect(namesIn('tasks:read')).toEqual(expect.arrayContaining(['wait_task', 'explain_task', 'get_logs']));
    expect([...namesIn('tasks:read'), ...namesIn('tasks:write')].toSorted()).toEqual(
      namesIn('tasks').toSorted(),
    );
    for (const name of ['tasks:read', 'history', 'search:read', 'webhooks:read', 'cell'] as const)
      for (const tool of ALL.filter((one) => isChosen(one, [name]))) expect(tool.mutates).toBe(false);
  });

  it.each([
    ['taks', 'did you mean tasks?'],
    ['tasks:writ', 'did you mean tasks:write?'],
    ['HISTORY', 'did you mean history?'],
    ['', 'expected tasks, tasks:read'],
    ['constructor', 'expected tasks, tasks:read'],
  ])('have names: %j is refused with the nearest', (name, hint) => {
    expect(() => toolsetsIn(['cell', name], 'toolsets')).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining(hint) as string }),
    );
    expect(() => toolsetsIn([name], 'gateway.mcpToolsets', 'INVALID_CONFIG')).toThrow(AppError);
  });
});

describe('a connection', () => {
  it('chooses its tools in the address, and gets them in the same order whatever it says', async () => {
    const { listed, connect } = await setup();
    const expected = namesIn('tasks:read', 'history');
    for (const query of [
      '?toolsets=tasks:read,history',
      '?toolsets=history,tasks%3Aread',
      '?toolsets=history&toolsets=tasks:read',
    ])
      expect(await listed(query)).toEqual(expected);
    const client = await connect('?toolsets=history');
    expect(client.getInstructions()).not.toContain('submit_task');
    expect((await connect()).getInstructions()).toContain('submit_task');
  });

  it('calls no other tool, and none by an alias', async () => {
    const { connect, calls } = await setup();
    const client = await connect('?toolsets=tasks:read');
    await client.callTool({ name: 'get_task', arguments: { id: 't' } });
    for (const name of ['submit_task', 'upsert_task', 'cancel_task', 'run_command'])
      await expect(client.callTool({ name, arguments: { id: 't' } })).rejects.toThrow(
        `there is no tool ${name}`,
      );
    expect(calls.length).toBe(1);
  });

  it('gets no more than the operator chose', async () => {
    const { listed } = await setup(['tasks:read', 'history']);
    expect(await listed()).toEqual(namesIn('tasks:read', 'history'));
    expect(await listed('?toolsets=tasks')).toEqual(namesIn('tasks:read'));
    expect(await (await setup(undefined, true)).listed('?toolsets=tasks')).toEqual(namesIn('tasks:read'));
  });

  it('with an unknown toolset is refused, with what was meant', async () => {
    const { url } = await setup();
    const response = await fetch(`${url}?toolsets=histori`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      {
        error: {
          data: { code: 'INVALID_REQUEST' },
          message: expect.stringContaining('did you mean history?') as string,
        },
      },
    ]);
  });
});

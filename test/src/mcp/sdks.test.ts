import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { CallToolResult } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client';
import type { JsonValue } from '@modelcontextprotocol/ext-tasks/core';
import { fieldOf } from '@precedent/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endClis } from '../e2e/cli.ts';
import { REVISION, TASKS, startAgentCell } from './cell.ts';

const PYTHON = process.env['PRECEDENT_TEST_MCP_PYTHON'] ?? 'python3';
const AGENT = path.join(fileURLToPath(new URL('.', import.meta.url)), 'programs/mcp_agent.py');
const hasPython = spawnSync(PYTHON, ['-c', 'import mcp.client.extension']).status === 0;

const CLIENT = { name: 'agent', version: '1' };

describe('an agent that submits, follows a task, reads its output and cancels another', () => {
  let cell: Awaited<ReturnType<typeof startAgentCell>>;
  beforeAll(async () => {
    cell = await startAgentCell();
  });
  afterAll(async () => {
    await cell.stop();
    endClis();
  });

  /** Sends what the SDK's own schemas of results do not let through. */
  const dispatch = async (request: unknown) => {
    const { result, error } = await cell.send(String(fieldOf(request, 'method')), fieldOf(request, 'params'));
    return error === undefined
      ? ({ kind: 'result', result: result as JsonValue } as const)
      : ({ kind: 'error', error: error as { code: number; message: string } } as const);
  };

  it('does so with the SDK for TypeScript', async () => {
    const client = new Client(CLIENT, {
      capabilities: TASKS,
      versionNegotiation: { mode: { pin: REVISION } },
    });
    const headers = { authorization: `Bearer ${cell.key}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(cell.url()), { requestInit: { headers } }),
    );
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('run_command');
    const session = createTaskSessionFromClient(client, {
      endpointId: 'agent',
      rawDispatch: dispatch,
      v2RequestFraming: { protocolVersion: REVISION, clientInfo: CLIENT, clientCapabilities: TASKS },
    });
    const command = { command: 'sh', args: ['-c', 'sleep 3; echo a line from TypeScript'] };
    const execution = await session.callTool('run_command', command);
    expect(execution.kind).toBe('task');
    const { outcome, lastTask } = await execution.settle();
    expect(lastTask?.statusMessage).toMatch(/^completed, in \d+ s$/);
    const result = resultFromTaskOutcome(outcome) as CallToolResult;
    const id = fieldOf(fieldOf(result.structuredContent, 'reply'), 'id');
    const logs = await client.callTool({ name: 'get_logs', arguments: { id, waitMs: 5_000 } });
    expect(JSON.stringify(fieldOf(logs.structuredContent, 'untrusted'))).toContain('a line from TypeScript');
    const other = await session.callTool('submit_task', { command: 'sleep', args: ['60'], wait: 0 });
    await other.cancel();
    expect((await other.settle()).outcome.status).toBe('cancelled');
    await session.close();
    await client.close();
  }, 60_000);

  it.skipIf(!hasPython)(
    'does so with the SDK for Python',
    async () => {
      const { stdout } = await promisify(execFile)(PYTHON, [AGENT, cell.url(), cell.key]);
      expect(JSON.parse(stdout)).toEqual({
        revision: REVISION,
        tools: expect.any(Number),
        first: 'working',
        last: 'completed',
        message: expect.stringMatching(/^completed, in \d+ s$/),
        logs: true,
        cancelled: 'cancelled',
      });
    },
    60_000,
  );

  it('finds its task again after a restart of everything', async () => {
    const call = { name: 'submit_task', arguments: { type: 'nothing.runs', wait: 0 } };
    const { result } = await cell.send('tools/call', call);
    const taskId = fieldOf(result, 'taskId');
    expect(result).toMatchObject({ resultType: 'task', status: 'working' });
    await cell.restart();
    expect(await cell.send('tasks/get', { taskId })).toMatchObject({
      result: { taskId, status: 'working', statusMessage: expect.stringContaining('waits for a worker') },
    });
    await cell.send('tasks/cancel', { taskId });
    expect(await cell.send('tasks/get', { taskId })).toMatchObject({ result: { status: 'cancelled' } });
  }, 60_000);
});

import { AppError } from '@precedent/kernel';
import { textSeal } from '@precedent/ports';
import type { OperationCall } from '@precedent/ports';
import { TEST_KEY, collectedTelemetry, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openMcpServer } from './server.ts';

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

const setup = async (answer?: (call: OperationCall) => unknown) => {
  const { options, calls } = testListener(answer);
  const { telemetry, first } = collectedTelemetry();
  const server = await openMcpServer({
    ...options,
    readOnly: false,
    taskSeal: textSeal('secret', 'mcp-task'),
    retentionMs: 60_000,
    telemetry,
  });
  onTestFinished(() => server.close());
  const send = async (
    method: string,
    params: { name?: string; arguments?: object; _meta?: object },
    key = TEST_KEY,
  ) => {
    const answered = await fetch(server.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(params.name !== undefined && { 'mcp-name': params.name }),
        traceparent: 'header',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: { ...params, _meta: { ...META, ...params._meta } },
      }),
    });
    return answered.text();
  };
  const call = (name: string, more = {}) => send('tools/call', { name, ...more, arguments: { id: 't' } });
  return { send, call, calls, first };
};

describe('a request over MCP', () => {
  it('is reported with its method and tool, and with an error where the result of the tool is one', async () => {
    const { send, call, first } = await setup(({ verb }) => {
      if (verb === 'why') throw new AppError('TASK_NOT_FOUND', 'gone');
      return {};
    });
    await send('tools/list', {});
    await call('get_task');
    await call('explain_task');
    await call('no_such_tool');
    await send('tools/list', {}, 'wrong');
    const events = await first(5);
    const one = { name: 'mcp.request', method: 'tools/call' };
    expect(events).toMatchObject([
      { name: 'mcp.request', method: 'tools/list', tool: undefined, error: undefined },
      { ...one, tool: 'get_task', error: undefined },
      { ...one, tool: 'explain_task', error: 'tool_error' },
      { ...one, tool: undefined },
      { method: 'tools/list', error: '401' },
    ]);
  });

  it('has a span, below which what it calls is: that of its message comes first', async () => {
    const { call, calls, first } = await setup(() => ({}));
    await call('get_task', { _meta: { traceparent: 'message' } });
    await call('get_task');
    expect(calls.map(({ traceparent }) => traceparent)).toEqual(['message-own', 'header-own']);
    expect(await first(2)).toMatchObject([{ span: { traceparent: 'message-own' } }, {}]);
  });
});

import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { AppError, fieldOf } from '@precedent/kernel';
import { textSeal } from '@precedent/ports';
import type { OperationCall } from '@precedent/ports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stdioServer } from './stdio-server.ts';

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

/** A cell with one task that runs until `end` is called. */
const cell = () => {
  const settled = Promise.withResolvers<void>();
  let state = 'running';
  const calls: OperationCall[] = [];
  const call = async (one: OperationCall): Promise<unknown> => {
    calls.push(one);
    const { group, verb, request } = one;
    if (group === 'submit') return { id: 't-1', seq: 1 };
    if ((request as { readonly id?: string }).id !== 't-1') throw new AppError('TASK_NOT_FOUND', 'no task');
    if (verb === 'wait') await settled.promise;
    const task = {
      id: 't-1',
      state,
      attempt: 1,
      submittedAt: 0,
      ...(state === 'completed' && { settledAt: 5, result: 'five' }),
    };
    return verb === 'why' ? { task, reasons: [], preemptedBy: [], displaced: [], decisions: [] } : task;
  };
  const end = (): void => {
    state = 'completed';
    settled.resolve();
  };
  return { calls, call, end };
};

/** A host that starts the server, and reads it line by line. */
const setup = () => {
  const { calls, call, end } = cell();
  const [input, output] = [new PassThrough(), new PassThrough()];
  const errors: Error[] = [];
  const close = stdioServer(
    {
      version: '1',
      readOnly: false,
      calls: { call },
      session: { namespace: 'acme', highestBand: 'critical' },
      taskSeal: textSeal('secret', 'mcp-task'),
      retentionMs: 60_000,
      onError: (error) => errors.push(error),
    },
    { input, output },
  );
  onTestFinished(close);
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>;
  const write = (line: string): void => void input.write(`${line}\n`);
  const send = (id: number, method: string, params: object, capabilities: object = TASKS): void => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    };
    write(JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: meta } }));
  };
  const submitted = async (): Promise<string> => {
    send(1, 'tools/call', { name: 'submit_task', arguments: { type: 'build', wait: 0 } });
    return String(fieldOf((await next())['result'], 'taskId'));
  };
  return { calls, end, next, write, send, submitted, input, output, errors, close };
};

const listen = (taskId: string) => ({ notifications: { taskIds: [taskId, 'other'] } });

describe('a host that starts the server and asks to hear of tasks', () => {
  it('gets each change, until the last of them has its verdict', async () => {
    const { send, next, submitted, end } = setup();
    const taskId = await submitted();
    send(2, 'subscriptions/listen', listen(taskId));
    expect(await next()).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: {
        notifications: { taskIds: [taskId] },
        _meta: { 'io.modelcontextprotocol/subscriptionId': 2 },
      },
    });
    expect(await next()).toMatchObject({
      method: 'notifications/tasks',
      params: { taskId, status: 'working' },
    });
    send(3, 'tasks/get', { taskId });
    expect(await next()).toMatchObject({ id: 3, result: { status: 'working' } });
    end();
    expect(await next()).toMatchObject({
      method: 'notifications/tasks',
      params: { taskId, status: 'completed' },
    });
    expect(await next()).toMatchObject({ id: 2, result: { resultType: 'complete' } });
  });

  it('gets nothing more when it does not want to', async () => {
    const { send, next, write, submitted, end } = setup();
    const taskId = await submitted();
    send(2, 'subscriptions/listen', listen(taskId));
    await next();
    await next();
    write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } }));
    send(3, 'tasks/get', { taskId });
    expect(await next()).toMatchObject({ id: 3 });
    end();
    send(4, 'tasks/get', { taskId });
    expect(await next()).toMatchObject({ id: 4, result: { status: 'completed' } });
    send(5, 'tasks/get', { taskId });
    expect(await next()).toMatchObject({ id: 5 });
  });

  it('needs to declare the extension', async () => {
    const { send, next, submitted } = setup();
    const taskId = await submitted();
    send(2, 'subscriptions/listen', listen(taskId), {});
    expect(await next()).toMatchObject({ id: 2, error: { code: -32021 } });
    send(3, 'subscriptions/listen', { notifications: { toolsListChanged: true } });
    expect(await next()).toMatchObject({ method: 'notifications/subscriptions/acknowledged' });
  });
});

describe('a message to the server', () => {
  it('that would be read as another one than it says is refused, and the next one is answered', async () => {
    const { send, next, write, calls } = setup();
    const meta =
      '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';
    write(
      `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"cancel_task","name":"get_task",${meta}}}`,
    );
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      id: 7,
      error: { code: -32600, message: 'params.name: the key comes twice' },
    });
    send(8, 'tools/call', { name: 'get_task', arguments: { id: 't-1' } });
    expect(await next()).toMatchObject({ id: 8, result: { structuredContent: { reply: { id: 't-1' } } } });
    expect(calls.length).toBe(1);
  });

  it('may come in pieces, and with lines that are no messages', async () => {
    const { input, next, write } = setup();
    write('not JSON');
    const message =
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"ä","version":"1"}}}\n';
    for (const byte of Buffer.from(message)) input.write(Buffer.from([byte]));
    expect(await next()).toMatchObject({ id: 1, result: { protocolVersion: '2025-11-25' } });
  });

  it('that has no end is not waited for', async () => {
    const { input, errors } = setup();
    input.write('x'.repeat(1024 * 1024 + 1));
    await expect.poll(() => errors.length).toBe(1);
    expect(errors[0]?.message).toContain('a message is longer than');
  });
});

it('ends with the input of the host', async () => {
  const { input, output, close } = setup();
  input.end();
  await close();
  output.end();
  await once(output.resume(), 'end');
});

import { create } from '@bufbuild/protobuf';
import type { JsonObject } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { AppError } from '@precedent/kernel';
import type { OperationCall } from '@precedent/ports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonOf } from './json-of.ts';
import { GRPC_OPERATIONS } from './methods.ts';
import { messageNamed } from './registry.ts';
import { AUTHORIZATION, callRpc, clientOf, errorFrom, testServer } from './testing/test-server.ts';

const TRANSPORTS = {
  gRPC: (baseUrl: string) => createGrpcTransport({ baseUrl }),
  'gRPC-Web': (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: '2' }),
  'gRPC-Web over HTTP/1.1': (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
  Connect: (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: '2' }),
  'Connect over HTTP/1.1': (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: '1.1' }),
};

type Protocol = keyof typeof TRANSPORTS;

const setup = async (answer?: (call: OperationCall) => unknown) => {
  const { calls, faults, url } = await testServer(onTestFinished, answer);
  const call = (name: string, request: JsonObject, headers = {}, protocol: Protocol = 'gRPC') =>
    callRpc(TRANSPORTS[protocol](url), name, request, { headers });
  return { calls, faults, call };
};

const caller = { namespace: 'acme', credential: 'k1' };

describe('every RPC', () => {
  it.each(GRPC_OPERATIONS.map(({ name, service, method }) => [`${service}/${method}`, name]))(
    '%s reaches its operation',
    async (method, name) => {
      const { call, calls } = await setup(({ group }) => (group === 'submit' ? { id: 'a', seq: 1 } : {}));
      const task = name === 'submit.submit' || name === 'task.dryRun' ? { task: { type: 't' } } : {};
      await call(method, { id: 'a', namespace: 'acme', ...task }).catch(() => undefined);
      const [made] = calls;
      const verb = made?.group === 'submit' ? 'submit' : made?.verb;
      expect(`${made?.group}.${verb}`).toBe(name);
    },
  );
});

describe('a call', () => {
  it.each(Object.keys(TRANSPORTS) as Protocol[])(
    'passes on its fields and the reply: %s',
    async (protocol) => {
      const task = {
        id: 't',
        state: 'timed_out',
        attempt: 2,
        submittedAt: 1.5,
        labels: { a: 'b' },
        result: [null],
      };
      const { call, calls } = await setup(() => task);
      const reply = await call('TaskService/GetTaskStatus', { id: 't', namespace: 'beta' }, {}, protocol);
      expect(calls).toMatchObject([{ group: 'task', verb: 'get', request: { id: 't' } }]);
      expect(calls[0]?.request).toEqual({ id: 't' });
      expect(calls[0]?.caller).toEqual({ ...caller, namespace: 'beta' });
      expect(reply['task']).toMatchObject(task);
    },
  );

  it('leaves out what is not set, and reads enums, lists and numbers', async () => {
    const { call, calls } = await setup(() => ({ tasks: [], truncated: false }));
    await call('TaskService/ListTasks', {
      state: ['TASK_STATE_QUEUED', 'TASK_STATE_TIMED_OUT'],
      limit: '5',
      namespace: 'acme',
    });
    await call('TaskService/ListTasks', { band: [9] });
    expect(calls.map(({ request }) => request)).toEqual([
      { state: ['queued', 'timed_out'], limit: 5, namespace: 'acme' },
      { band: [9] },
    ]);
  });

  it('gives one item as a list of one, and a map of messages as a map', async () => {
    const filters = { type: 'import', kind: ['failure'] };
    const { call } = await setup(({ verb }) =>
      verb === 'find' ? { filters } : { bands: { low: { queued: 2 } } },
    );
    expect(await call('SearchService/Find', { query: 'x' })).toMatchObject({
      searchFind: { filters: { type: ['import'], kind: ['failure'] } },
    });
    expect(await call('TaskService/GetEngineStatus', {})).toMatchObject({
      engineStatus: { bands: { low: { queued: 2, running: 0 } } },
    });
  });

  it('passes on its trace context', async () => {
    const { call, calls } = await setup();
    await call('TaskService/GetTaskStatus', { id: 't' }, { traceparent: 'tp' });
    expect(calls).toMatchObject([{ traceparent: 'tp' }]);
  });
});

describe('a request in JSON', () => {
  it('is refused with the name of a field that there is not', async () => {
    const { calls, url } = await testServer(onTestFinished);
    const answer = await fetch(`${url}/precedent.v1.TaskService/SubmitPriorityTask`, {
      method: 'POST',
      headers: { ...AUTHORIZATION, 'content-type': 'application/json' },
      body: JSON.stringify({ task: { command: 'date', bnad: 'BAND_HIGH' } }),
    });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('bnad')]);
    expect(calls).toEqual([]);
  });
});

describe('a submission', () => {
  const accept = () => ({ id: 'a', seq: 7 });

  it('is answered when it is durable, in the band of the task', async () => {
    const { call, calls } = await setup(accept);
    const payload = { deep: [1, null, 'x', { y: true }] };
    const reply = await call('TaskService/SubmitPriorityTask', {
      task: { type: 't', band: 'BAND_HIGH', payload, timeouts: { attempt: '5s' } },
    });
    expect(reply).toEqual({ accepted: { id: 'a', seq: 7 } });
    expect(calls).toMatchObject([
      {
        group: 'submit',
        verb: 'high',
        request: { type: 't', payload, timeouts: { attempt: '5s' } },
        caller,
      },
    ]);
  });

  it('has the idempotency key of its metadata, which its field may not contradict', async () => {
    const { call, calls } = await setup(accept);
    const key = { 'idempotency-key': 'k' };
    await call('TaskService/SubmitPriorityTask', { task: { type: 't' } }, key);
    expect(calls).toMatchObject([{ verb: 'normal', request: { type: 't', idempotencyKey: 'k' } }]);
    const other = call('TaskService/SubmitPriorityTask', { task: { idempotencyKey: 'x' } }, key);
    expect((await errorFrom(other)).code).toBe(Code.InvalidArgument);
  });

  it('of nothing, or one that is refused, fails with the status of the refusal', async () => {
    const refused = { error: { code: 'QUEUE_FULL', message: 'full', retryAfterMs: 1_500 } };
    const { call } = await setup(() => refused);
    expect(await errorFrom(call('TaskService/SubmitPriorityTask', {}))).toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: 'task: is missing',
    });
    expect(await errorFrom(call('TaskService/SubmitPriorityTask', { task: { type: 't' } }))).toMatchObject({
      code: Code.ResourceExhausted,
      rawMessage: 'full',
    });
  });
});

describe('an error', () => {
  const detailsOf = async (thrown: Error) => {
    const { call, faults } = await setup(() => {
      throw thrown;
    });
    const error = await errorFrom(call('TaskService/GetTaskStatus', { id: 't' }));
    const find = (type: string) =>
      error.findDetails(messageNamed(type)).map((one) => jsonOf(messageNamed(type), one));
    return {
      code: error.code,
      faults,
      info: find('google.rpc.ErrorInfo'),
      request: find('google.rpc.BadRequest'),
      retry: find('google.rpc.RetryInfo'),
    };
  };

  it('names its code, whose it is, and what helps', async () => {
    const { code, info, request, retry } = await detailsOf(new AppError('TASK_NOT_FOUND', 'no task'));
    expect([code, request, retry]).toEqual([Code.NotFound, [], []]);
    expect(info).toMatchObject([
      {
        reason: 'TASK_NOT_FOUND',
        domain: 'precedent',
        metadata: { retry: 'never', remedy: expect.any(String) as string },
      },
    ]);
  });

  it('of a value of no kind is that of its client', async () => {
    const { transport, faults } = await testServer(onTestFinished);
    const input = messageNamed('precedent.v1.SubmitPriorityTaskRequest');
    const task = create(messageNamed('precedent.v1.TaskSpec'), { type: 't', payload: create(ValueSchema) });
    const submit = clientOf('precedent.v1.TaskService', transport)['submitPriorityTask'];
    const message = create(input, { task } as Record<string, unknown>);
    const error = await errorFrom(submit?.(message, { headers: AUTHORIZATION }) as Promise<unknown>);
    expect([error.code, faults]).toEqual([Code.InvalidArgument, []]);
    expect(error.rawMessage).toContain('payload: ');
  });

  it('that quotes half a character arrives', async () => {
    const { call } = await setup(() => {
      throw new AppError('INVALID_REQUEST', 'id: expected an id, got \ud800');
    });
    const error = await errorFrom(call('TaskService/GetTaskStatus', { id: 't' }));
    expect([error.code, error.rawMessage]).toEqual([Code.InvalidArgument, 'id: expected an id, got \ufffd']);
  });

  it.each([
    ['application/json', 400, undefined],
    ['application/grpc+json', 200, '3'],
  ])('in a request with half a character is that of its client: %s', async (type, status, code) => {
    const { url } = await testServer(onTestFinished);
    const text = Buffer.from('{"\\ud800":1}');
    const head = Buffer.from([0, 0, 0, 0, text.length]);
    const answer = await fetch(`${url}/precedent.v1.TaskService/GetTaskStatus`, {
      method: 'POST',
      headers: { ...AUTHORIZATION, 'content-type': type },
      body: type === 'application/json' ? text : Buffer.concat([head, text]),
    });
    expect([answer.status, answer.headers.get('grpc-status') ?? undefined]).toEqual([status, code]);
  });

  it('names the fields that are wrong', async () => {
    const issues = [{ field: 'id', message: 'expected an id' }];
    const { request } = await detailsOf(new AppError('INVALID_REQUEST', 'wrong', { issues }));
    expect(request).toEqual([{ fieldViolations: [{ field: 'id', description: 'expected an id' }] }]);
  });

  it('says when to try again', async () => {
    const { code, retry } = await detailsOf(
      new AppError('ENGINE_NOT_RUNNING', 'away', { retryAfterMs: 2_500 }),
    );
    expect([code, retry]).toEqual([Code.Unavailable, [{ retryDelay: { seconds: 2, nanos: 500_000_000 } }]]);
  });

  it('that is our fault is reported', async () => {
    const { code, faults } = await detailsOf(new Error('broken'));
    expect([code, faults]).toEqual([Code.Internal, [{ code: 'INTERNAL', message: 'broken' }]]);
  });
});

describe('a call without a valid key', () => {
  it.each([
    ['none', {}],
    ['another scheme', { authorization: 'Basic eDp5' }],
    ['a wrong key', { authorization: 'Bearer other' }],
  ])('is refused: %s', async (_, headers) => {
    const { call, calls } = await setup();
    const error = await errorFrom(
      call('TaskService/GetTaskStatus', { id: 't' }, { authorization: '', ...headers }),
    );
    expect([error.code, calls]).toEqual([Code.Unauthenticated, []]);
  });
});

import { create, fromJson } from '@bufbuild/protobuf';
import type { JsonObject, Message } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { AppError } from '@precedent/kernel';
import type { OperationCall } from '@precedent/ports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonOf } from './json-of.ts';
import { messageNamed } from './registry.ts';
import { AUTHORIZATION, clientOf, errorFrom, testServer } from './testing/test-server.ts';

const request = (task: JsonObject): Message =>
  fromJson(messageNamed('precedent.v1.SubmitTasksRequest'), { task });

const setup = async (answer: (call: OperationCall) => unknown, stallMs = 60_000) => {
  const { calls, transport, server } = await testServer(onTestFinished, answer, { stallMs });
  const client = clientOf('precedent.v1.TaskService', transport);
  const submit = (tasks: AsyncIterable<Message>) =>
    client['submitTasks']?.(tasks, { headers: AUTHORIZATION }) as AsyncIterable<Message>;
  const resultOf = (message: Message) => {
    const { result, ...fields } = jsonOf(messageNamed('precedent.v1.SubmitTasksResponse'), message);
    return { ...fields, ...(result as object) };
  };
  const all = async (tasks: AsyncIterable<Message>) => {
    const results: object[] = [];
    for await (const message of submit(tasks)) results.push(resultOf(message));
    return results;
  };
  return { calls, submit, all, resultOf, server };
};

const ids = ({ request: tasks }: OperationCall) =>
  (tasks as { type: string }[]).map(({ type }) => ({ id: type, seq: 1 }));

async function* stream(...types: readonly string[]): AsyncGenerator<Message> {
  for (const type of types) yield await Promise.resolve(request({ type }));
}

const never = new Promise<never>(() => undefined);

describe('a stream of tasks', () => {
  it('has a result for each, in order, also for one that is refused', async () => {
    const refused = {
      error: { code: 'INVALID_TASK', message: 'no', issues: [{ field: 'type', message: 'no' }] },
    };
    const { all, calls } = await setup(({ request: tasks }) =>
      (tasks as { type: string }[]).map(({ type }) => (type === 'b' ? refused : { id: type, seq: 1 })),
    );
    expect(await all(stream('a', 'b', 'c'))).toMatchObject([
      { index: 0, accepted: { id: 'a', seq: 1 } },
      { index: 1, error: { code: 'INVALID_TASK', issues: [{ field: 'type' }] } },
      { index: 2, accepted: { id: 'c', seq: 1 } },
    ]);
    expect(calls[0]).toMatchObject({ group: 'submit', verb: 'normal', caller: { namespace: 'acme' } });
  });

  it('is answered while it goes on', async () => {
    const { submit, resultOf } = await setup(ids);
    let goOn = (): void => undefined;
    const first = new Promise<void>((resolve) => (goOn = resolve));
    const tasks = async function* (): AsyncGenerator<Message> {
      yield request({ type: 'a' });
      await first;
      yield request({ type: 'b' });
    };
    const results = submit(tasks())[Symbol.asyncIterator]();
    expect(resultOf((await results.next()).value as Message)).toMatchObject({ accepted: { id: 'a' } });
    goOn();
    expect(resultOf((await results.next()).value as Message)).toMatchObject({ accepted: { id: 'b' } });
    expect((await results.next()).done).toBe(true);
  });

  it('is slowed down while the band is full, and nothing of it is refused', async () => {
    let left = 2;
    const full = { error: { code: 'QUEUE_FULL', message: 'full', retryAfterMs: 1 } };
    const { all } = await setup((call) => (left-- > 0 ? ids(call).map(() => full) : ids(call)));
    expect(await all(stream('a', 'b'))).toMatchObject([{ accepted: { id: 'a' } }, { accepted: { id: 'b' } }]);
  });

  it('is submitted in batches of what came while the last one was committed', async () => {
    const { all, calls } = await setup(async (call) => {
      await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
      return ids(call);
    });
    const types = Array.from({ length: 2_000 }, (_, index) => `t${index}`);
    const results = await all(stream(...types));
    expect(results.at(-1)).toEqual({ index: 1_999, accepted: { id: 't1999', seq: 1 } });
    expect(results.length).toBe(2_000);
    expect(calls.length).toBeLessThan(1_500);
    expect(calls.every(({ request: tasks }) => (tasks as unknown[]).length <= 500)).toBe(true);
  });

  it('gives every task of a batch the error of the batch', async () => {
    const { all } = await setup(() => {
      throw new AppError('ENGINE_NOT_RUNNING', 'away');
    });
    expect(await all(stream('a', 'b'))).toMatchObject([
      { error: { code: 'ENGINE_NOT_RUNNING' } },
      { error: { code: 'ENGINE_NOT_RUNNING' } },
    ]);
  });

  it('ends with the reason when its client sends nothing more, and what was answered counts', async () => {
    const { submit, resultOf } = await setup(ids, 30);
    const tasks = async function* (): AsyncGenerator<Message> {
      yield request({ type: 'a' });
      await never;
    };
    const results = submit(tasks())[Symbol.asyncIterator]();
    expect(resultOf((await results.next()).value as Message)).toMatchObject({ accepted: { id: 'a' } });
    const error = await errorFrom(results.next());
    expect([error.code, error.rawMessage]).toEqual([
      Code.InvalidArgument,
      'the stream sent nothing for 30 ms, and did not end',
    ]);
  });

  it('ends at a message without a task', async () => {
    const { all } = await setup(ids);
    const tasks = async function* (): AsyncGenerator<Message> {
      yield await Promise.resolve(create(messageNamed('precedent.v1.SubmitTasksRequest')));
    };
    expect((await errorFrom(all(tasks()))).code).toBe(Code.InvalidArgument);
  });

  it('ends with UNAVAILABLE when the gateway stops', async () => {
    const { submit, server } = await setup(ids);
    const tasks = async function* (): AsyncGenerator<Message> {
      yield request({ type: 'a' });
      await never;
    };
    const results = submit(tasks())[Symbol.asyncIterator]();
    await results.next();
    const closed = server.close();
    expect((await errorFrom(results.next())).code).toBe(Code.Unavailable);
    await closed;
  });
});

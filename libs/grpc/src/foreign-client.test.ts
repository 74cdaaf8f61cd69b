import path from 'node:path';
import { Metadata, credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import { AppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testServer } from './testing/test-server.ts';
import { TEST_KEY } from '@precedent/web-server/testing';

const PROTO = path.join(import.meta.dirname, '../../../proto');

interface TaskClient {
  getTaskStatus(
    request: object,
    metadata: Metadata,
    done: (error: ServiceError | null, reply: unknown) => void,
  ): void;
  submitTasks(metadata: Metadata): NodeJS.ReadWriteStream;
  close(): void;
}

/** The client of another implementation, made of the .proto texts alone. */
const clientOf = async (port: number): Promise<TaskClient> => {
  const definition = await load('precedent/v1/task.proto', {
    includeDirs: [PROTO],
    longs: Number,
    enums: String,
    oneofs: true,
    defaults: true,
  });
  const loaded = loadPackageDefinition(definition) as unknown as {
    precedent: { v1: { TaskService: new (address: string, channel: unknown) => TaskClient } };
  };
  const client = new loaded.precedent.v1.TaskService(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return client;
};

const authorized = (): Metadata => {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${TEST_KEY}`);
  return metadata;
};

describe('a client of another implementation', () => {
  it('reads replies, and the code of what is refused', async () => {
    const { port } = await testServer(onTestFinished, ({ request }) => {
      if ((request as { id: string }).id !== 't') throw new AppError('TASK_NOT_FOUND', 'no task');
      return { id: 't', state: 'timed_out', attempt: 2 };
    });
    const client = await clientOf(port);
    const get = (id: string) =>
      new Promise((resolve, reject) =>
        client.getTaskStatus({ id }, authorized(), (error, reply) =>
          error ? reject(error) : resolve(reply),
        ),
      );
    expect(await get('t')).toMatchObject({ task: { id: 't', state: 'TASK_STATE_TIMED_OUT', attempt: 2 } });
    await expect(get('x')).rejects.toMatchObject({ code: status.NOT_FOUND, details: 'no task' });
  });

  it('submits tasks as a stream, with payloads of any shape', async () => {
    const { port, calls } = await testServer(onTestFinished, ({ request }) =>
      (request as { type: string }[]).map(({ type }) => ({ id: type, seq: 1 })),
    );
    const call = (await clientOf(port)).submitTasks(authorized());
    const results: unknown[] = [];
    call.on('data', (result) => results.push(result));
    const payload = { structValue: { fields: { deep: { listValue: { values: [{ boolValue: true }] } } } } };
    for (const type of ['a', 'b']) call.write({ task: { type, payload } } as never);
    call.end();
    await new Promise((resolve, reject) => call.on('end', resolve).on('error', reject));
    expect(results).toMatchObject([
      { index: 0, accepted: { id: 'a' } },
      { index: 1, accepted: { id: 'b' } },
    ]);
    expect(calls.flatMap(({ request }) => request)).toEqual(
      ['a', 'b'].map((type) => ({ type, payload: { deep: [true] } })),
    );
  });
});

import { toBinary } from '@bufbuild/protobuf';
import { openGrpcServer } from '@precedent/grpc';
import { methodNamed, protoMessageOf, serviceNamed } from '@precedent/grpc/reference';
import { seededRandom, settlesWithin } from '@precedent/kernel';
import { MemoryTaskEvents } from '@precedent/memory';
import type { OperationCall } from '@precedent/ports';
import { FUZZ_INPUTS, FUZZ_SEED, mutant } from '@precedent/testkit';
import { TEST_KEY, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WireClient, enveloped, firstAnswer, http1Bytes, http2Bytes } from './grpc-wire.ts';
import type { WireCall } from './grpc-wire.ts';

const CONNECTIONS = 16;
/** From the last byte of a call to its end. Milliseconds; a slow machine takes a hundredth of it. */
const HANG_MS = 10_000;
/** gRPC codes. */
const [OK, INVALID_ARGUMENT, INTERNAL] = [0, 3, 13];

const AUTHORIZATION = { authorization: `Bearer ${TEST_KEY}` };
/** So that a stream that has no end of its own ends. */
const SOON = { 'grpc-timeout': '50m', 'connect-timeout-ms': '50' };

type Fields = Readonly<Record<string, unknown>>;

const messageOf = (method: string, fields: Fields): Uint8Array => {
  const [service = '', name = ''] = method.split('/');
  const { input } = methodNamed(serviceNamed(`precedent.v1.${service}`), name);
  return toBinary(input, protoMessageOf(input, fields));
};

const binary = (method: string, fields: Fields): WireCall => ({
  method: `precedent.v1.${method}`,
  type: 'application/grpc+proto',
  body: enveloped(messageOf(method, fields)),
});

const TASK = { task: { type: 't', band: 'low', payload: { a: [1, 2.5, 'x', null] }, labels: { a: 'b' } } };
const LIST = { state: ['failed', 'queued'], limit: 5, cursor: 'abc' };

/** One call for each way in which calls are read. */
const EXAMPLES: readonly WireCall[] = [
  binary('TaskService/SubmitPriorityTask', TASK),
  binary('TaskService/GetTaskStatus', { id: 't-1', namespace: 'acme' }),
  binary('TaskService/WaitForTask', { id: 't-1', timeoutMs: 20 }),
  binary('HistoryService/ListHistory', LIST),
  binary('SearchService/Find', { text: 'what failed', limit: 3 }),
  {
    ...binary('TaskService/SubmitTasks', TASK),
    body: Buffer.concat([TASK, TASK].map((one) => enveloped(messageOf('TaskService/SubmitTasks', one)))),
  },
  binary('HistoryService/WatchTasks', { after: '0000000000000.00000', band: ['low'] }),
  { ...binary('TaskService/GetTaskStatus', { id: 't' }), type: 'application/grpc-web+proto' },
  {
    method: 'precedent.v1.TaskService/SubmitPriorityTask',
    type: 'application/json',
    body: Buffer.from(JSON.stringify({ task: { type: 't', payload: { a: [1, 'x'] }, band: 'BAND_LOW' } })),
  },
  {
    method: 'precedent.v1.TaskService/GetTaskStatus',
    type: 'application/grpc+json',
    body: enveloped(Buffer.from('{"id":"t"}')),
  },
  {
    method: 'grpc.health.v1.Health/Check',
    type: 'application/grpc',
    body: enveloped(Buffer.from([10, 6, ...Buffer.from('engine')])),
  },
  {
    method: 'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    type: 'application/grpc',
    body: enveloped(Buffer.from([58, 1, 42])),
  },
].map((call) => ({ ...call, headers: { ...AUTHORIZATION, ...SOON } }));

const ACCEPTED = { id: 't', seq: 1 };

/** What a service would answer, in its shape. */
const answer = ({ group, request }: OperationCall): unknown => {
  if (group !== 'submit') return { tasks: [], chunks: [], events: [] };
  return Array.isArray(request) ? request.map(() => ACCEPTED) : ACCEPTED;
};

const setup = async () => {
  const { options, faults } = testListener(answer);
  const server = await openGrpcServer({
    ...options,
    events: new MemoryTaskEvents(),
    health: { problem: () => undefined, isServing: () => Promise.resolve(true) },
  });
  onTestFinished(() => server.close());
  return { port: Number(new URL(server.url).port), faults };
};

/** Sends inputs from several senders at once. A sender resolves to what came of an input; it must settle in time. */
const sendAll = async <Input>(
  count: number,
  next: () => Input,
  senders: readonly ((input: Input) => Promise<unknown>)[],
): Promise<void> => {
  let left = count;
  const run = async (send: (input: Input) => Promise<unknown>): Promise<void> => {
    while (left-- > 0) {
      const input = next();
      const settled = send(input);
      if (!(await settlesWithin(settled, HANG_MS))) throw new Error(`no answer to ${shown(input)}`);
      await settled;
    }
  };
  await Promise.all(senders.map(run));
};

const shown = (input: unknown): string =>
  JSON.stringify(input, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  ).slice(0, 2_000);

describe('messages that are nearly those of a call over gRPC', () => {
  it('are answered or refused at once, and none is our fault', { timeout: 900_000 }, async () => {
    const { port, faults } = await setup();
    const random = seededRandom(FUZZ_SEED);
    const statuses = new Map<number | undefined, number>();
    const clients = Array.from({ length: CONNECTIONS }, () => new WireClient(port));
    onTestFinished(() => clients.forEach((client) => client.close()));
    const next = (): WireCall => {
      const example = random.pick(EXAMPLES);
      const bodies = EXAMPLES.filter(({ type }) => type === example.type).map(({ body }) => body);
      const isFramed = example.type.startsWith('application/grpc') && random.chance(0.5);
      // Half of the messages keep a frame that fits, so that they are read to their end.
      const body = isFramed
        ? enveloped(mutant(random, [example.body.subarray(5)]))
        : mutant(random, [example.body, ...bodies]);
      return { ...example, body };
    };
    const send = (client: WireClient) => async (call: WireCall) => {
      const { code, message = '' } = await client.call(call);
      statuses.set(code, (statuses.get(code) ?? 0) + 1);
      if (code === INTERNAL || code === 500)
        throw new Error(`${code} ${String(message)} for ${shown(call)}: ${JSON.stringify(faults)}`);
    };
    await sendAll(Math.ceil(FUZZ_INPUTS * 0.6), next, clients.map(send));
    console.log(statuses);
    expect(faults).toEqual([]);
    expect(statuses.get(OK)).toBeGreaterThan(0);
    expect(statuses.get(INVALID_ARGUMENT)).toBeGreaterThan(0);
  });
});

describe('bytes that are nearly a connection of gRPC', () => {
  it('are answered or refused at once, and the server goes on', { timeout: 900_000 }, async () => {
    const { port, faults } = await setup();
    const random = seededRandom(FUZZ_SEED);
    const connections = EXAMPLES.map(http2Bytes);
    const older = EXAMPLES.filter(({ type }) => !/^application\/grpc(\+|$)/.test(type)).map(http1Bytes);
    const next = (): Uint8Array => mutant(random, random.chance(0.7) ? connections : older);
    const send = async (bytes: Uint8Array): Promise<void> => {
      const text = (await firstAnswer(port, bytes)).toString('latin1');
      if (text.startsWith('HTTP/1.1 500')) throw new Error(`500 for ${shown(bytes)}`);
    };
    await sendAll(
      Math.ceil(FUZZ_INPUTS * 0.4),
      next,
      Array.from({ length: CONNECTIONS }, () => send),
    );
    expect(faults).toEqual([]);
    const client = new WireClient(port);
    onTestFinished(() => client.close());
    for (const example of EXAMPLES.slice(0, 6))
      expect(await client.call(example)).toMatchObject({ code: OK });
  });
});

import { natsOperationCalls } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

const setup = async () => {
  const { server, nc: service, connect, root, subjects } = await aWorld();
  const nc = await connect();
  const calls = natsOperationCalls(nc, root);
  const why = (id: string, timeoutMs?: number) =>
    calls.call({ group: 'task', verb: 'why', request: { id }, timeoutMs });
  return { server, service, nc, why, subject: subjects.api('why') };
};

describe('calls of operations over NATS', () => {
  it('get each its own answer, in whatever order these come', async () => {
    const { service, why, subject } = await setup();
    const held: (() => void)[] = [];
    service.subscribe(subject, {
      callback: (_, msg) => {
        held.push(() => msg.respond(msg.data));
        if (held.length === 100) for (const answer of held.toReversed()) answer();
      },
    });
    await service.flush();
    const ids = Array.from({ length: 100 }, (_, n) => `t${n}`);
    expect(await Promise.all(ids.map((id) => why(id)))).toEqual(ids.map((id) => ({ id })));
  });

  it('of one turn of the event loop are one write', async () => {
    const { service, nc, why, subject } = await setup();
    service.subscribe(subject, { callback: (_, msg) => void msg.respond('{}') });
    await service.flush();
    const { socket } = Reflect.get(Reflect.get(nc, 'protocol') as object, 'transport') as {
      socket: { write: (...args: unknown[]) => boolean };
    };
    const write = socket.write.bind(socket);
    let writes = 0;
    socket.write = (...args) => {
      writes++;
      return write(...args);
    };
    // The microtasks of each run before the next one, as with requests from several sockets.
    const answers = Array.from({ length: 20 }, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      setImmediate(resolve);
      return promise.then(() => why('a'));
    });
    await Promise.all(answers);
    expect(writes).toBe(1);
  });

  it('say at once that no service listens, and after their time that none answers', async () => {
    const { service, why, subject } = await setup();
    await expect(why('a')).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' });
    service.subscribe(subject, { callback: () => undefined });
    await service.flush();
    await expect(why('a', 20)).rejects.toMatchObject({
      code: 'ENGINE_NOT_RUNNING',
      message: 'calling task.why: no answer in time',
    });
  });

  it('say at once that the connection broke', async () => {
    const { server, service, why, subject } = await setup();
    const arrived = Promise.withResolvers<void>();
    service.subscribe(subject, { callback: () => arrived.resolve() });
    await service.flush();
    const answers = why('a');
    await arrived.promise;
    await Promise.all([expect(answers).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' }), server.kill()]);
    await expect(why('a')).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
    await server.restart();
  });
});

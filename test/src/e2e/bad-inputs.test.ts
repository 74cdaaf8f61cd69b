import { randomUUID } from 'node:crypto';
import { LIMITS } from '@precedent/contracts';
import type { TaskView } from '@precedent/contract-types';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readyWorld } from './world.ts';
import type { World } from './world.ts';

const oversize = 'x'.repeat(LIMITS.payloadBytes + 1);

/** Invalid tasks, and the refusals of the ingress. */
const BAD_TASKS = [
  {
    what: 'an unknown field',
    task: { command: 'true', commando: 'true' },
    code: 'INVALID_TASK',
    says: 'did you mean "command"?',
  },
  { what: 'a wrong type', task: { command: 7 }, code: 'INVALID_TASK', says: 'command' },
  { what: 'no type and no command', task: { name: 'x' }, code: 'INVALID_TASK', says: 'type' },
  {
    what: 'a band that does not exist',
    task: { command: 'true', band: 'urgent' },
    code: 'INVALID_TASK',
    says: 'band',
  },
  { what: 'a bad id', task: { id: 'a b', command: 'true' }, code: 'INVALID_TASK', says: 'id' },
  {
    what: 'a duration that is none',
    task: { command: 'true', timeouts: { attempt: 'soon' } },
    code: 'INVALID_TASK',
    says: 'timeouts.attempt',
  },
  {
    what: 'a payload beyond the limit',
    task: { type: 'text.process', payload: { text: oversize } },
    code: 'PAYLOAD_TOO_LARGE',
    says: String(LIMITS.payloadBytes),
  },
  { what: 'a time long past', task: { command: 'true', expiresAt: 1 }, code: 'EXPIRED', says: '1970' },
  { what: 'a text instead of a task', task: 'true', code: 'INVALID_TASK', says: 'task' },
] as const;

describe('bad input', () => {
  let world: World;
  beforeAll(async () => {
    world = await readyWorld({ nats: { config: ['max_payload: 8388608'] } });
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  const request = async (text: string): Promise<unknown> => {
    const { link, subjects } = world.client;
    return (await link.request(subjects.submit('normal'), text, { timeout: 5_000 })).json();
  };

  const drop = async (text: string): Promise<void> => {
    const { link, subjects } = world.client;
    expect((await link.request(subjects.drop('normal'), text, { timeout: 5_000 })).json()).toMatchObject({
      stream: 'PRECEDENT_TASKS',
    });
  };

  const rejected = async (): Promise<readonly TaskView[]> =>
    (await world.client.list({ state: ['rejected'], limit: 1_000 })).tasks;

  it.each(BAD_TASKS)(
    'is refused at the request ingress with the reason: $what',
    async ({ task, code, says }) => {
      expect(await request(JSON.stringify(task))).toEqual({
        error: expect.objectContaining({ code, message: expect.stringContaining(says) }),
      });
    },
  );

  it.each(BAD_TASKS)(
    'is recorded with the reason when it was dropped: $what',
    async ({ task, code, says }) => {
      const before = new Set((await rejected()).map(({ id }) => id));
      await drop(JSON.stringify(task));
      const fresh = await vi.waitFor(
        async () => {
          const found = (await rejected()).filter(({ id }) => !before.has(id));
          expect(found).toHaveLength(1);
          return found[0];
        },
        { timeout: 5_000 },
      );
      expect(fresh).toMatchObject({
        state: 'rejected',
        band: 'normal',
        error: { code, message: expect.stringContaining(says) },
      });
    },
  );

  it('is refused at the request ingress when it is not JSON, and recorded with the reason when it was dropped', async () => {
    expect(await request('{"command": "true"')).toMatchObject({ error: { code: 'INVALID_TASK' } });
    const count = (await rejected()).length;
    await drop('{"command": "true"');
    await drop('');
    await vi.waitFor(async () => expect(await rejected()).toHaveLength(count + 2), { timeout: 5_000 });
    expect((await rejected())[0]).toMatchObject({
      error: { code: 'INVALID_TASK', message: 'the message is not JSON' },
    });
  });

  it('is recorded under an id of its own when it names the id of a task', async () => {
    const { id } = await world.client.submit({ command: 'echo mine' });
    await drop(JSON.stringify({ id, comand: 'echo theirs' }));
    await vi.waitFor(
      async () =>
        expect(await rejected()).toContainEqual(
          expect.objectContaining({
            error: expect.objectContaining({ message: expect.stringContaining('comand') }),
          }),
        ),
      { timeout: 5_000 },
    );
    expect(await world.client.result(id)).toMatchObject({ stdout: 'mine\n' });
  });

  it('is announced as a rejected task on the live feed', async () => {
    const events = world.client.watch({ event: 'rejected' });
    await drop('garbage');
    for await (const event of events) {
      expect(event).toMatchObject({ event: 'rejected', error: { code: 'INVALID_TASK' } });
      break;
    }
  });

  it('does not affect the valid tasks of the same message', async () => {
    const answers = await request(
      JSON.stringify([{ command: 'echo a' }, { nonsense: true }, { command: 'echo b' }]),
    );
    expect(answers).toMatchObject([{ seq: expect.any(Number) }, { error: { code: 'INVALID_TASK' } }, {}]);
    const [first, , last] = answers as { id: string }[];
    expect(await world.client.result(first?.id ?? '')).toMatchObject({ stdout: 'a\n' });
    expect(await world.client.result(last?.id ?? '')).toMatchObject({ stdout: 'b\n' });
  });

  it('is refused as a whole when a message holds too many tasks', async () => {
    const many = Array.from({ length: LIMITS.tasksPerSubmission + 1 }, () => ({ command: 'true' }));
    expect(await request(JSON.stringify(many))).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
  });

  it('is refused at once at both ingresses when the band does not exist', async () => {
    const { link, subjects } = world.client;
    const answer = await link.request(`${subjects.root}.submit.urgent`, '{"command":"true"}');
    expect(answer.json()).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    await expect(link.request(`${subjects.root}.tasks.urgent`, '{"command":"true"}')).rejects.toThrow();
  });

  it('is refused under the id of another task, while the same task again is a duplicate', async () => {
    const id = randomUUID();
    const task = { id, command: 'echo once' };
    const first = await world.client.submit(task);
    expect(await world.client.submit(task)).toEqual({ ...first, seq: expect.any(Number), duplicate: true });
    await expect(world.client.submit({ id, command: 'echo other' })).rejects.toMatchObject({
      code: 'TASK_EXISTS',
    });
    await drop(JSON.stringify({ id, command: 'echo other' }));
    await vi.waitFor(
      async () =>
        expect(await rejected()).toContainEqual(
          expect.objectContaining({
            error: { code: 'TASK_EXISTS', message: `another task has the id ${id}` },
          }),
        ),
      { timeout: 5_000 },
    );
    expect(await world.client.result(id)).toMatchObject({ stdout: 'once\n' });
  });

  it('is refused by the client where the message could not be sent', async () => {
    const { client } = world;
    const large = client.submit({ type: 'text.process', payload: { text: oversize } });
    await expect(large).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    const unwritable = client.submit({ type: 'text.process', payload: { size: 1n as never } });
    await expect(unwritable).rejects.toMatchObject({ code: 'INVALID_TASK' });
    const outcomes = await client.submitMany([{ command: 'true' }, { type: 'x', payload: oversize }]);
    expect(outcomes).toMatchObject([{ door: 'ask' }, { error: { code: 'PAYLOAD_TOO_LARGE' } }]);
  });

  it('is refused with the reason in requests about tasks', async () => {
    const { client } = world;
    await expect(client.get('no-such-task')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await expect(client.cancel('no-such-task')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await expect(client.wait('no-such-task')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await expect(client.get('a b')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(client.list({ limit: 0 })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    const garbage = await client.link.request(client.subjects.api('get'), 'not json', { timeout: 5_000 });
    expect(garbage.json()).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    const { id } = await client.submit({ command: 'true' });
    await client.wait(id);
    await expect(client.cancel(id)).rejects.toMatchObject({ code: 'TASK_SETTLED' });
  });

  it('does not affect the engine: the next task runs', async () => {
    const { id } = await world.client.submit({ command: 'echo fine' });
    expect(await world.client.result(id)).toMatchObject({ stdout: 'fine\n' });
  });
});

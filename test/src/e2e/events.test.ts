import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyWorld } from './world.ts';
import type { World } from './world.ts';

describe('the live feed', () => {
  let world: World;
  beforeAll(async () => {
    world = await readyWorld();
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  it('publishes each step to any NATS client, as CloudEvents in binary mode', async () => {
    const { link } = world.client;
    const messages = link.subscribe('precedent.v1.events.shop.orders.command.>');
    const { id } = await world.client.submit({
      namespace: 'shop',
      project: 'orders',
      command: 'exit 1',
      retry: { max: 1, delay: 10 },
    });
    const names: string[] = [];
    for await (const { subject, headers, data } of messages) {
      const name = subject.split('.').at(-1) ?? '';
      names.push(name);
      const attributes = Object.fromEntries(
        (headers?.keys() ?? []).map((key) => [key.toLowerCase(), headers?.get(key)]),
      );
      expect(attributes).toEqual({
        'ce-specversion': '1.0',
        'ce-id': expect.stringContaining(id),
        'ce-source': '/precedent.v1/main',
        'ce-type': `precedent.task.${name}.v1`,
        'ce-subject': id,
        'ce-time': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        'ce-sequence': expect.stringMatching(/^\d{13}\.\d{5}$/),
        'content-type': 'application/json',
      });
      expect(JSON.parse(new TextDecoder().decode(data))).toMatchObject({
        id,
        namespace: 'shop',
        project: 'orders',
        type: 'command',
        band: 'normal',
        event: name,
        sequence: attributes['ce-sequence'],
      });
      if (name === 'failed') break;
    }
    expect(names).toEqual(['queued', 'started', 'retrying', 'started', 'failed']);
  });

  it('gives each event of a task an id of its own', async () => {
    const events = world.client.watch({ project: 'ids' }, { attributes: true });
    await world.client.submit({ project: 'ids', command: 'exit 1', retry: { max: 2, delay: 10 } });
    const ids: string[] = [];
    for await (const event of events) {
      if ('gap' in event) continue;
      ids.push(event.attributes?.id ?? '');
      if (event.event === 'failed') break;
    }
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(7);
  });
});

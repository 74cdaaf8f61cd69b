import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { receiver } from '../webhooks/receivers.ts';
import type { Receiver } from '../webhooks/receivers.ts';
import { closedCell } from './closed-cell.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };
const NOT_FOUND = { code: 'WEBHOOK_NOT_FOUND' };
const SECRET = { security: 'secret', pool: 'cleared' };
const FORBIDDEN = { code: 'FORBIDDEN' };

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

describe('webhooks where access is required', () => {
  let cell: Awaited<ReturnType<typeof closedCell>>;
  let server: Receiver;
  /** Admins: of all of acme with and without a clearance, of one project of it, and of another namespace. */
  let ann: Client;
  let bob: Client;
  let web: Client;
  let eve: Client;
  let annsKey: string;

  const clientOf = async (principal: string, namespace: string, grant: object) => {
    const { access } = cell.client;
    await access.addGrant({ principal, role: 'admin', namespace, project: '*', ...grant });
    const { key, id } = await access.createKey({ principal });
    const client = await connect({ servers: cell.server.url, token: key, namespace });
    stack.defer(() => client.close());
    return { client, id };
  };

  beforeAll(async () => {
    cell = await closedCell(stack);
    server = stack.use(await receiver());
    const cleared = cell.client.worker({
      pools: ['cleared'],
      clearances: ['*'],
      handlers: { work: () => Promise.resolve() },
    });
    await cleared.start();
    stack.defer(() => cleared.stop());
    const anns = await clientOf('acme--ann', 'acme', { clearances: ['secret'] });
    [ann, annsKey] = [anns.client, anns.id];
    bob = (await clientOf('acme--bob', 'acme', {})).client;
    web = (await clientOf('acme--web', 'acme', { project: 'web' })).client;
    eve = (await clientOf('beta--eve', 'beta', {})).client;
  });

  const submitted = async (task: object): Promise<string> =>
    (await cell.client.submit({ namespace: 'acme', type: 'work', payload: {}, ...task })).id;
  /** The tasks that this receiver has got events of, through a path of its own. */
  const got = (webhook: string): string[] =>
    server.all.filter(({ event }) => event.id.startsWith(`${webhook}-`)).map(({ event }) => event.subject);

  it('send what the principal may read who made them, or changed them last', async () => {
    const of = async (client: Client, more = {}) =>
      (await client.webhooks.create({ url: server.url, ...more })).id;
    const [anns, bobs, webs] = [await of(ann), await of(bob), await of(web, { project: 'web' })];
    const tasks = {
      labelled: await submitted({ project: 'web', ...SECRET }),
      web: await submitted({ project: 'web' }),
      ops: await submitted({ project: 'ops' }),
      foreign: await submitted({ namespace: 'beta', project: 'web' }),
    };
    await vi.waitFor(() => {
      expect(got(anns).toSorted()).toEqual([tasks.labelled, tasks.web, tasks.ops].toSorted());
      expect(got(bobs).toSorted()).toEqual([tasks.web, tasks.ops].toSorted());
      expect(got(webs)).toEqual([tasks.web]);
    }, PATIENCE);
    // Bob would get the labelled events of Ann's webhook by giving it a URL of his own.
    await bob.webhooks.update({ id: anns, url: `${server.url}?of=bob` });
    const [secret, plain] = [
      await submitted({ project: 'ops', ...SECRET }),
      await submitted({ project: 'ops' }),
    ];
    await vi.waitFor(() => expect(got(anns)).toContain(plain), PATIENCE);
    expect(server.all.map(({ event }) => event.subject)).not.toContain(secret);
    expect((await bob.webhooks.get(anns)).principal).toBe('acme--bob');
    for (const id of [anns, bobs, webs]) await ann.webhooks.remove(id);
  });

  it('are those of a namespace, or of a project, for its admins only', async () => {
    const { id } = await ann.webhooks.create({ url: server.url });
    const { id: webs } = await web.webhooks.create({ url: server.url, project: 'web' });
    const listed = async (client: Client) => (await client.webhooks.list()).map((one) => one.id).toSorted();
    expect([await listed(ann), await listed(web), await listed(eve)]).toEqual([
      [id, webs].toSorted(),
      [webs],
      [],
    ]);
    await expect(web.webhooks.get(id)).rejects.toMatchObject(NOT_FOUND);
    await expect(web.webhooks.rotate({ id, overlapMs: 0 })).rejects.toMatchObject(NOT_FOUND);
    await expect(eve.webhooks.remove(id)).rejects.toMatchObject(NOT_FOUND);
    await expect(eve.webhooks.deliveries({ id })).rejects.toMatchObject(NOT_FOUND);
    await expect(web.webhooks.create({ url: server.url })).rejects.toMatchObject(FORBIDDEN);
    await expect(web.webhooks.create({ url: server.url, project: 'ops' })).rejects.toMatchObject(FORBIDDEN);
    for (const one of [id, webs]) await ann.webhooks.remove(one);
  });

  it('are fed by gateways only', async () => {
    const { id } = await ann.webhooks.create({ url: server.url });
    const payload = { webhook: id, sequence: '0000000000001.00000', task: 'x' };
    const submission = ann.submit({ type: 'webhook.deliver', payload, pool: 'webhooks' });
    await expect(submission).rejects.toMatchObject(FORBIDDEN);
    await ann.webhooks.remove(id);
  });

  it('are suspended with the last key of their principal, also for what is under way, and go on with the next one', async () => {
    const { id } = await ann.webhooks.create({ url: server.url });
    server.answers((_, response) => void response.writeHead(500).end());
    const before = await submitted({});
    await vi.waitFor(() => expect(got(id)).toEqual([before]), PATIENCE);
    await cell.client.access.revokeKey(annsKey);
    server.answers((_, response) => void response.end());
    await vi.waitFor(async () => {
      expect(await bob.webhooks.get(id)).toMatchObject({
        state: 'suspended',
        reason: 'acme--ann has no valid credential',
      });
      const { deliveries } = await bob.webhooks.deliveries({ id });
      expect(deliveries.map(({ state, error }) => [state, error?.code])).toEqual([['failed', 'FORBIDDEN']]);
    }, PATIENCE);
    const meanwhile = await submitted({});
    await cell.caughtUp();
    await cell.client.access.createKey({ principal: 'acme--ann' });
    await vi.waitFor(() => expect(got(id).at(-1)).toBe(meanwhile), PATIENCE);
    expect((await bob.webhooks.get(id)).state).toBe('active');
    await bob.webhooks.remove(id);
  });
});

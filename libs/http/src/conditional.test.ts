import { sealedCursors, textSeal } from '@precedent/ports';
import type { OperationCall } from '@precedent/ports';
import { OTHER_KEY, TEST_KEY, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHttpServer } from './server.ts';

/** A task, a list of keys and a history, which change when `change` is called. */
const setup = async () => {
  let revision = 1;
  const answer = ({ group, verb }: OperationCall) => ({
    revision,
    ...((group === 'history' || verb === 'keys') && { tasks: [], cursor: '[7,8]' }),
  });
  const { options, calls } = testListener(answer);
  const server = await openHttpServer({
    ...options,
    calls: sealedCursors({
      calls: options.calls,
      seal: textSeal('secret', 'cursor'),
      hasPages: ({ group, verb }) => group === 'history' || verb === 'keys',
      now: Date.now,
    }),
    events: { events: async function* () {} },
    health: { problem: () => undefined },
  });
  onTestFinished(() => server.close());
  const send = async (request: string, headers: Record<string, string> = {}, key = TEST_KEY) => {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...headers },
    });
    const text = await response.text();
    return { status: response.status, tag: response.headers.get('etag') ?? '', text };
  };
  return { send, calls, change: () => (revision += 1) };
};

describe('an ETag', () => {
  it.each(['/tasks/t', '/access/keys', '/access/grants', '/access/signers'])(
    'of %s is strong, and saves sending again what the client has',
    async (path) => {
      const { send, change } = await setup();
      const { tag } = await send(`GET ${path}`);
      expect(tag).toMatch(/^"[\w-]{43}"$/);
      for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
        const again = await send(`GET ${path}`, { 'if-none-match': known });
        expect([known, again.status, again.tag, again.text]).toEqual([known, 304, tag, '']);
      }
      change();
      const changed = await send(`GET ${path}`, { 'if-none-match': tag });
      expect([changed.status, changed.tag === tag]).toEqual([200, false]);
    },
  );
});

describe('If-Match', () => {
  it.each([
    ['POST /tasks/t/cancel', '/tasks/t', 'cancel'],
    ['DELETE /tasks/t', '/tasks/t', 'delete'],
    ['DELETE /history/tasks/t', '/tasks/t', 'deleteForgotten'],
    ['POST /access/keys', '/access/keys', 'createKey'],
    ['POST /access/keys/k/rotate', '/access/keys', 'rotateKey'],
    ['DELETE /access/keys/k', '/access/keys', 'revokeKey'],
    ['POST /access/grants', '/access/grants', 'addGrant'],
    ['DELETE /access/grants/g', '/access/grants', 'removeGrant'],
    ['POST /access/signers', '/access/signers', 'addSigner'],
    ['DELETE /access/signers/s', '/access/signers', 'removeSigner'],
  ])('of %s is the ETag of %s, and refuses what has changed since', async (request, path, verb) => {
    const { send, change, calls } = await setup();
    const { tag } = await send(`GET ${path}`);
    for (const match of [tag, `"x", ${tag}`, '*'])
      expect([match, (await send(request, { 'if-match': match })).status]).toEqual([match, 200]);
    change();
    const made = calls.filter((call) => call.verb === verb).length;
    for (const match of [tag, `W/${tag}`, '"x"', 'x']) {
      const refused = await send(request, { 'if-match': match });
      expect([refused.status, JSON.parse(refused.text)]).toMatchObject([
        412,
        { code: 'PRECONDITION_FAILED' },
      ]);
    }
    expect(calls.filter((call) => call.verb === verb).length).toBe(made);
  });

  it.each(['POST /tasks/t/cancel', 'DELETE /tasks/t'])(
    'of %s is compared again by the engine, by the revision of the task',
    async (request) => {
      const { send, calls } = await setup();
      const { tag } = await send('GET /tasks/t');
      await send(request, { 'if-match': tag });
      expect(calls.at(-1)).toMatchObject({ request: { id: 't', expect: 1 } });
      await send(request, { 'if-match': '*' });
      expect(calls.at(-1)?.request).not.toHaveProperty('expect');
    },
  );

  it('is refused where nothing has a state, and never ignored', async () => {
    const { send, calls } = await setup();
    const { status, text } = await send('POST /history/rebuild', { 'if-match': '"x"' });
    expect([status, JSON.parse(text)]).toMatchObject([400, { issues: [{ field: 'If-Match' }] }]);
    expect(calls).toEqual([]);
  });
});

describe('the cursor of a list', () => {
  it('is opened for the service, and refused from another caller or for other conditions', async () => {
    const { send, calls } = await setup();
    const { text } = await send('GET /history/tasks?state=failed&limit=5');
    const { cursor } = JSON.parse(text) as { cursor: string };
    expect(cursor).not.toBe('[7,8]');
    expect((await send(`GET /history/tasks?limit=9&state=failed&cursor=${cursor}`)).status).toBe(200);
    expect(calls.at(-1)).toMatchObject({ request: { state: ['failed'], limit: 9, cursor: '[7,8]' } });
    const foreign = [
      await send(`GET /history/tasks?state=failed&cursor=${cursor}`, {}, OTHER_KEY),
      await send(`GET /history/tasks?state=queued&cursor=${cursor}`),
      await send(`GET /history/events?cursor=${cursor}`),
      await send('GET /history/tasks?cursor=[7,8]'),
    ];
    for (const { status, text: problem } of foreign)
      expect([status, JSON.parse(problem)]).toMatchObject([400, { issues: [{ field: 'cursor' }] }]);
    expect(calls.length).toBe(2);
  });
});

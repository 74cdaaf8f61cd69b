import type { HistoryFeedReply } from '@precedent/contract-types';
import { AppError, isAppError, sequenceText } from '@precedent/kernel';
import { DEFAULT_DENY, hostRules } from '@precedent/outbound';
import type { OperationCall, StoredWebhook, WebhookStore } from '@precedent/ports';
import { memoryWebhookStore } from '@precedent/testkit';
import { OPEN_PRINCIPALS, deliverer, madeSecret, rotatedSecrets } from '@precedent/webhooks';
import type { WebhookPrincipals } from '@precedent/webhooks';
import { describe, expect, it } from 'vitest';
import { SEAL, anEvent, storedWebhook } from './parts.ts';
import { isVerified, receiver } from './receivers.ts';

const EVENT = anEvent(7, { result: { rows: 3 } });
const PAYLOAD = { webhook: 'w', sequence: EVENT.sequence, task: EVENT.id };
const LOOPBACK = ['127.0.0.0/8'];

interface Options {
  readonly webhook?: Partial<StoredWebhook>;
  readonly internal?: readonly string[];
  readonly addresses?: readonly string[];
  readonly principals?: WebhookPrincipals;
  readonly history?: Partial<HistoryFeedReply>;
  readonly timeoutMs?: number;
}

/** One attempt after the other, of one webhook with one secret. */
const setup = async (options: Options = {}) => {
  const {
    internal = LOOPBACK,
    addresses = ['127.0.0.1'],
    principals = OPEN_PRINCIPALS,
    timeoutMs = 10_000,
  } = options;
  const store = memoryWebhookStore();
  const made = madeSecret(SEAL, 'w', 1);
  await store.change('w', () => storedWebhook({ secrets: [made.stored], ...options.webhook }));
  const [requests, lookups] = [[] as OperationCall[], [] as string[]];
  const deliver = deliverer({
    store,
    seal: SEAL,
    cell: 'main',
    principals,
    calls: {
      call: async (call) => {
        requests.push(call);
        return {
          events: [EVENT],
          last: EVENT.sequence,
          freshness: { rebuilding: false },
          ...options.history,
        };
      },
    },
    rules: hostRules({ allow: [], deny: DEFAULT_DENY, internal }),
    resolve: async (host) => {
      lookups.push(host);
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
    timeoutMs,
    version: '1.0.0',
    now: Date.now,
  });
  const attempt = (payload: object = PAYLOAD, namespace = 'acme', signal = new AbortController().signal) =>
    deliver({ namespace, task: { payload } }, { signal });
  /** What the task gets to know of a failed attempt. */
  const failure = async (...given: Parameters<typeof attempt>) => {
    const error: unknown = await attempt(...given).catch((thrown: unknown) => thrown);
    if (!isAppError(error)) throw new Error('expected a failure', { cause: error });
    const { code, message, extras } = error;
    const { retryable = true } = error as { readonly retryable?: boolean };
    const { retryAfterMs, details } = extras;
    return { code, message, retryable, retryAfterMs, details };
  };
  return { store, secret: made.secret, attempt, failure, requests, lookups };
};

describe('a delivery', () => {
  it('is a CloudEvent that the official library verifies, under the same id at each attempt', async () => {
    await using server = await receiver();
    const { secret, attempt, requests } = await setup({ webhook: { url: server.url } });
    expect(await attempt()).toMatchObject({ status: 200, body: 'thanks' });
    await attempt();
    const [first, second] = server.all;
    if (!first || !second) throw new Error('two messages');
    expect([isVerified(first, secret), isVerified(second, secret)]).toEqual([true, true]);
    expect(isVerified(first, madeSecret(SEAL, 'w', 1).secret)).toBe(false);
    expect(isVerified({ ...first, body: first.body.replace('rows', 'cols') }, secret)).toBe(false);
    expect(first.event).toEqual({
      specversion: '1.0',
      id: 'w-0000000000007-00000',
      source: 'precedent/main',
      type: 'precedent.task.completed.v1',
      subject: 't7',
      time: '1970-01-01T00:00:00.007Z',
      datacontenttype: 'application/json',
      sequence: sequenceText(7, 0),
      data: EVENT,
    });
    expect(first.headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'webhook-id': 'w-0000000000007-00000',
      'user-agent': 'precedent-webhooks/1.0.0',
    });
    expect([second.headers['webhook-id'], second.body]).toEqual([first.headers['webhook-id'], first.body]);
    expect(requests[0]).toMatchObject({
      group: 'history',
      verb: 'feed',
      request: { namespace: 'acme', task: 't7', after: sequenceText(6, 65_535) },
    });
  });

  it('is signed with both secrets while one replaces the other, and then with the new one', async () => {
    await using server = await receiver();
    const { store, secret, attempt } = await setup({ webhook: { url: server.url } });
    const next = madeSecret(SEAL, 'w', Date.now());
    const rotate = (overlapMs: number): ReturnType<WebhookStore['change']> =>
      store.change(
        'w',
        (stored) =>
          stored && { ...stored, secrets: rotatedSecrets(stored.secrets.slice(-1), next.stored, overlapMs) },
      );
    await rotate(60_000);
    await attempt();
    await rotate(0);
    await attempt();
    expect(server.all.map((one) => [isVerified(one, secret), isVerified(one, next.secret)])).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  it('is tried again when the receiver fails, and no sooner than it requests', async () => {
    await using server = await receiver((_, response) => void response.writeHead(500).end('\u001b[31mboom'));
    const { failure } = await setup({ webhook: { url: server.url } });
    expect(await failure()).toMatchObject({
      code: 'HTTP_FAILED',
      message: `http://127.0.0.1:${server.port} answered 500`,
      retryable: true,
      retryAfterMs: undefined,
      details: { status: 500, body: '^[[31mboom' },
    });
    server.answers((_, response) => void response.writeHead(503, { 'retry-after': '120' }).end());
    expect(await failure()).toMatchObject({ retryable: true, retryAfterMs: 120_000 });
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    server.answers((_, response) => void response.writeHead(429, { 'retry-after': date }).end());
    expect((await failure()).retryAfterMs).toBeGreaterThan(3_500_000);
    server.answers((_, response) => void response.writeHead(429, { 'retry-after': 'soon' }).end());
    expect((await failure()).retryAfterMs).toBeUndefined();
  });

  it('is given up, and the webhook disabled, when the receiver is gone', async () => {
    await using server = await receiver((_, response) => void response.writeHead(410).end());
    const { store, failure } = await setup({ webhook: { url: server.url } });
    expect(await failure()).toMatchObject({ code: 'HTTP_FAILED', retryable: false });
    expect(await store.get('w')).toMatchObject({
      enabled: false,
      disabledBecause: 'its receiver answered 410',
    });
    expect(await failure()).toMatchObject({ code: 'INVALID_REQUEST', retryable: false });
    expect(server.all.length).toBe(1);
  });

  it('follows no redirect', async () => {
    await using other = await receiver();
    await using server = await receiver(
      (_, response) => void response.writeHead(307, { location: other.url }).end(),
    );
    const { failure } = await setup({ webhook: { url: server.url } });
    expect(await failure()).toMatchObject({
      code: 'HTTP_FAILED',
      message: `http://127.0.0.1:${server.port} answered 307; redirects are not followed`,
      retryable: true,
    });
    expect(other.all).toEqual([]);
  });

  it('waits no longer for an answer than it may: for none, and for one that does not end', async () => {
    await using server = await receiver(() => undefined);
    const { failure } = await setup({ webhook: { url: server.url }, timeoutMs: 100 });
    const late = {
      code: 'HTTP_FAILED',
      message: `http://127.0.0.1:${server.port} could not be called: no whole answer within 100 ms`,
      retryable: true,
    };
    expect(await failure()).toMatchObject(late);
    server.answers((_, response) => void response.writeHead(200).write('begun'));
    expect(await failure()).toMatchObject(late);
  });

  it('reads and keeps the beginning of a huge answer only', async () => {
    await using server = await receiver((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const { attempt } = await setup({ webhook: { url: server.url } });
    expect((await attempt()).body).toBe('x'.repeat(500));
  });

  it('ends with its lease', async () => {
    await using server = await receiver(() => undefined);
    const { attempt } = await setup({ webhook: { url: server.url } });
    const stopping = new AbortController();
    const ended = attempt(PAYLOAD, 'acme', stopping.signal);
    await server.arrived.next();
    stopping.abort('stopped');
    await expect(ended).rejects.toBe('stopped');
  });

  it('fails with the error of the network, without the path of the URL', async () => {
    const { port } = await closedPort();
    const { failure } = await setup({ webhook: { url: `http://127.0.0.1:${port}/secret-path` } });
    const { code, message } = await failure();
    expect(code).toBe('HTTP_FAILED');
    expect(message).toMatch(/^http:\/\/127\.0\.0\.1:\d+ could not be called: ECONNREFUSED/);
  });
});

const closedPort = async () => {
  await using server = await receiver();
  return { port: server.port };
};

describe('the address of a receiver', () => {
  it.each([
    ['http://127.0.0.1:9/', []],
    ['http://[::1]:9/', []],
    ['http://[::ffff:10.0.0.1]/', []],
    ['http://2130706433/', []],
    ['http://0x7f.1/', []],
    ['http://inside.example/', ['10.0.0.7']],
    ['http://inside.example/', ['93.184.216.34', '192.168.0.1']],
    ['http://metadata.example/', ['169.254.169.254']],
    ['https://inside.example/', ['64:ff9b::a00:1']],
  ])('is refused for good where it is of a private network: %s at %j', async (url, addresses) => {
    const { failure } = await setup({ webhook: { url }, internal: [], addresses });
    expect(await failure()).toMatchObject({ code: 'HTTP_REFUSED' });
  });

  it('is the one that was checked: the name is looked up once', async () => {
    await using server = await receiver();
    const url = `http://rebinding.example:${server.port}/`;
    const { attempt, lookups } = await setup({ webhook: { url }, internal: ['rebinding.example'] });
    await attempt();
    expect([lookups, server.all[0]?.headers.host]).toEqual([
      ['rebinding.example'],
      `rebinding.example:${server.port}`,
    ]);
  });
});

describe('the event of a delivery', () => {
  it.each<[string, object, string, Options]>([
    ['of a webhook that is not there', { ...PAYLOAD, webhook: 'v' }, 'WEBHOOK_NOT_FOUND', {}],
    ['that was deleted', PAYLOAD, 'TASK_NOT_FOUND', { history: { events: [] } }],
    [
      'that is another one',
      PAYLOAD,
      'TASK_NOT_FOUND',
      { history: { events: [anEvent(8)], last: anEvent(8).sequence } },
    ],
    ['that the webhook has no more', PAYLOAD, 'TASK_NOT_FOUND', { webhook: { events: ['failed'] } }],
    ['with a place that is none', { ...PAYLOAD, sequence: 'x' }, 'INVALID_TASK', {}],
    ['that is not named', {}, 'INVALID_TASK', {}],
  ])('%s fails for good', async (_, payload, code, options) => {
    const { failure } = await setup(options);
    expect(await failure(payload)).toMatchObject({ code });
    const { retryable } = await failure(payload);
    expect(retryable && code !== 'INVALID_TASK').toBe(false);
  });

  it('is tried again elsewhere where the secret cannot be opened', async () => {
    const { failure } = await setup({ webhook: { secrets: [] } });
    expect(await failure()).toMatchObject({ code: 'INVALID_CONFIG', retryable: true });
  });

  it('is not read for a task of another namespace', async () => {
    const { failure, requests } = await setup();
    expect(await failure(PAYLOAD, 'beta')).toMatchObject({ code: 'WEBHOOK_NOT_FOUND', retryable: false });
    expect(requests).toEqual([]);
  });

  it('is read as the principal of the webhook, and not delivered where this may not read any more', async () => {
    await using server = await receiver();
    const world: { refusal?: AppError } = {};
    const principals: WebhookPrincipals = {
      callerOf: ({ namespace, principal }) => {
        if (world.refusal) throw world.refusal;
        return { namespace, credential: `key of ${principal}` };
      },
    };
    const { attempt, failure, requests } = await setup({
      webhook: { url: server.url, principal: 'ada' },
      principals,
    });
    await attempt();
    expect(requests[0]?.caller).toEqual({ namespace: 'acme', credential: 'key of ada' });
    world.refusal = new AppError('FORBIDDEN', 'ada has no valid credential');
    expect(await failure()).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    expect(server.all.length).toBe(1);
  });

  it('is waited for while the history has not come so far', async () => {
    const behind = { events: [], last: sequenceText(3, 0) };
    const { failure } = await setup({ history: behind });
    expect(await failure()).toMatchObject({ code: 'HISTORY_UNAVAILABLE', retryable: true });
  });
});

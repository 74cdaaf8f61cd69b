import type { NewWebhookView, WebhookView } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { NOW, runFake } from '../testing/fake-cli.ts';
import type { FakeClient } from '../testing/fake-cli.ts';

const WEBHOOK: WebhookView = {
  id: 'w1',
  namespace: 'acme',
  url: 'https://a.example/\u001b[2Jhook',
  events: ['completed', 'failed'],
  enabled: true,
  state: 'suspended',
  reason: 'ada has no valid credential',
  principal: 'ada',
  createdAt: NOW - 60_000,
  updatedAt: NOW - 60_000,
  secrets: 1,
  position: '0000000000002.00000',
};
const MADE: NewWebhookView = { ...WEBHOOK, secret: 'whsec_x' };

type Webhooks = NonNullable<FakeClient['webhooks']>;

const run = (argv: readonly string[], webhooks: Webhooks) =>
  runFake(['webhooks', ...argv], { client: { webhooks } });

describe('precedent webhooks', () => {
  it('makes a webhook, and prints its secret alone', async () => {
    const requests: unknown[] = [];
    const create: Webhooks['create'] = async (request) => (requests.push(request), MADE);
    const flags = ['--event', 'completed,failed', '--type', 'a,b', '--band', 'low', '--project', 'web'];
    const { out, err, exit } = await run(['create', 'https://a.example/', '--namespace', 'acme', ...flags], {
      create,
    });
    expect([out, exit]).toEqual(['whsec_x\n', 0]);
    expect(err).toBe('the secret of webhook w1; it is not shown again\n');
    expect(requests).toEqual([
      {
        url: 'https://a.example/',
        events: ['completed', 'failed'],
        types: ['a', 'b'],
        bands: ['low'],
        namespace: 'acme',
        project: 'web',
      },
    ]);
    const wrong = await run(['create', 'https://a.example/', '--event', 'complete'], { create });
    expect([wrong.exit, wrong.err]).toEqual([64, expect.stringContaining('did you mean completed?')]);
  });

  it('lists and shows webhooks, with nothing that steers the terminal', async () => {
    const { out } = await run(['list'], { list: async () => [WEBHOOK] });
    expect(out).toMatch(/^ID +STATE +NAMESPACE +PROJECT +URL +EVENTS\nw1 +suspended +acme +\* +https:/);
    expect(out).not.toContain('\u001b');
    const shown = await run(['get', 'w1'], { get: async () => WEBHOOK });
    expect(shown.out).toContain('reason     ada has no valid credential\n');
    expect(shown.out).not.toContain('\u001b');
  });

  it('changes what its flags name', async () => {
    const requests: unknown[] = [];
    const update: Webhooks['update'] = async (request) => (requests.push(request), WEBHOOK);
    await run(['update', 'w1', '--to', 'https://b.example/', '--disable'], { update });
    await run(['update', 'w1', '--enable'], { update });
    expect(requests).toEqual([
      { id: 'w1', url: 'https://b.example/', enabled: false },
      { id: 'w1', enabled: true },
    ]);
    expect((await run(['update', 'w1', '--enable', '--disable'], { update })).exit).toBe(64);
  });

  it('says whether a receiver took a test, also by its exit code', async () => {
    const answered = { ok: true, status: 200, durationMs: 3, body: 'thanks' };
    expect(await run(['test', 'w1'], { test: async () => answered })).toMatchObject({
      exit: 0,
      out: 'delivered: the receiver answered 200 in 3 ms\nthanks\n',
    });
    const failure = { code: 'HTTP_FAILED', message: 'no whole answer within 15000 ms' } as const;
    expect(
      await run(['test', 'w1'], { test: async () => ({ ok: false, durationMs: 15_000, failure }) }),
    ).toMatchObject({ exit: 1, out: 'not delivered: no whole answer within 15000 ms\n' });
  });

  it('lists deliveries that failed, and delivers all of them again, page by page', async () => {
    const requests: unknown[] = [];
    const deliveries: Webhooks['deliveries'] = async (request) => {
      requests.push(request);
      const error = { code: 'HTTP_FAILED', message: 'https://a.example answered 500' } as const;
      const one = {
        id: 'd1',
        messageId: 'm1',
        state: 'failed',
        attempt: 89,
        submittedAt: NOW,
        error,
      } as const;
      const found = [{ ...one, event: 'failed', task: 't1' }];
      return requests.length === 1 ? { deliveries: [], cursor: 'next' } : { deliveries: found };
    };
    const { out } = await run(['deliveries', 'w1', '--failed', '--since', '2h'], { deliveries });
    expect(out).toContain('https://a.example answered 500');
    expect(requests).toEqual([
      { id: 'w1', limit: 50, state: ['failed', 'timed_out'], since: NOW - 7_200_000 },
      { id: 'w1', limit: 50, state: ['failed', 'timed_out'], since: NOW - 7_200_000, cursor: 'next' },
    ]);
    const redeliver: Webhooks['redeliver'] = async ({ cursor }) =>
      cursor === undefined ? { deliveries: ['d2', 'd3'], cursor: 'next' } : { deliveries: ['d4'] };
    expect((await run(['redeliver', 'w1'], { redeliver })).out).toBe('d2\nd3\nd4\n');
  });
});

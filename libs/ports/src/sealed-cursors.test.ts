import { describe, expect, it } from 'vitest';
import type { OperationCall } from './operation-calls.port.ts';
import { sealedCursors } from './sealed-cursors.ts';
import { textSeal } from './text-seal.ts';

const DAY = 24 * 60 * 60 * 1_000;
const CALLER = { namespace: 'acme', credential: 'k1' };
const CONDITIONS = { state: ['failed'], since: 5 };
const PAGE = {
  group: 'history',
  verb: 'list',
  caller: CALLER,
  request: { ...CONDITIONS, limit: 10 },
} as const satisfies OperationCall;

/** The first page of a list was read. Time stands still until `pass`. */
const setup = async () => {
  let now = 1_000;
  const requests: unknown[] = [];
  let reply: unknown = { tasks: [], cursor: '[7, 8]' };
  const call = async ({ request }: OperationCall) => {
    requests.push(request);
    return Promise.resolve(reply);
  };
  const service = { call, text: async (one: OperationCall) => JSON.stringify(await call(one)) };
  const calls = sealedCursors({
    calls: service,
    seal: textSeal('secret', 'cursor'),
    hasPages: ({ verb }) => verb !== 'get',
    now: () => now,
  });
  const { cursor } = (await calls.call(PAGE)) as { cursor: string };
  const next = async (request: object, changes: Partial<OperationCall> = {}): Promise<unknown> => {
    await calls.call({ ...PAGE, ...changes, request: { cursor, ...request } });
    return requests.at(-1);
  };
  return {
    calls,
    cursor,
    next,
    requests,
    pass: (ms: number) => (now += ms),
    answer: (one: unknown) => (reply = one),
  };
};

describe('a cursor', () => {
  it('is that of the service for the same list, also with another limit and order of fields', async () => {
    const { next, cursor } = await setup();
    expect(cursor).not.toContain('[7');
    const reordered = { limit: 3, since: 5, state: ['failed'], worker: undefined };
    expect(await next(reordered)).toEqual({ ...reordered, cursor: '[7, 8]' });
  });

  it.each<readonly [string, object, Partial<OperationCall>]>([
    ['another list', CONDITIONS, { verb: 'events' }],
    ['another credential', CONDITIONS, { caller: { ...CALLER, credential: 'k2' } }],
    ['another namespace', CONDITIONS, { caller: { ...CALLER, namespace: 'beta' } }],
    ['other conditions', { state: ['failed'], since: 6 }, {}],
    ['fewer conditions', { state: ['failed'] }, {}],
  ])('is refused for %s, before the service is called', async (_, request, changes) => {
    const { next, requests } = await setup();
    await expect(next(request, changes)).rejects.toThrow('cursor: it is not of an earlier page');
    expect(requests).toHaveLength(1);
  });

  it('is refused when it was changed, and the cursor of a service itself too', async () => {
    const { next, cursor } = await setup();
    for (const wrong of [`${cursor}A`, cursor.slice(1), '[7, 8]', '', 7, null])
      await expect(next({ ...CONDITIONS, cursor: wrong })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        extras: { issues: [{ field: 'cursor' }] },
      });
  });

  it('holds for a day', async () => {
    const { next, pass } = await setup();
    pass(DAY);
    expect(await next(CONDITIONS)).toMatchObject({ cursor: '[7, 8]' });
    pass(1);
    await expect(next(CONDITIONS)).rejects.toThrow('cursor: it is older than a day');
  });

  it('is sealed in a text too', async () => {
    const { calls, next } = await setup();
    const { cursor } = JSON.parse(await calls.text(PAGE)) as { cursor: string };
    expect(await next({ ...CONDITIONS, cursor })).toMatchObject({ cursor: '[7, 8]' });
  });

  it('is not in the reply of the last page, and replies that are no pages are not changed', async () => {
    const { calls, answer } = await setup();
    answer({ tasks: [] });
    expect(await calls.call(PAGE)).toEqual({ tasks: [] });
    answer({ cursor: 'a' });
    expect(await calls.call({ ...PAGE, verb: 'get' })).toEqual({ cursor: 'a' });
    expect(await calls.text({ ...PAGE, verb: 'get' })).toBe('{"cursor":"a"}');
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { qdrantCalls } from './qdrant-calls.ts';
import type { QdrantCalls } from './qdrant-calls.ts';

/** A server that answers with these in turn, the last one for ever; 0 is no answer at all. */
const setup = async (statuses: readonly number[], path = '') => {
  const seen: { url: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    const status = statuses[Math.min(seen.length, statuses.length - 1)] ?? 200;
    seen.push({ url, headers });
    if (status === 0) return;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ result: { collections: [] }, status: { error: `said ${status}` } }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${path}`;
  return { seen, calls: qdrantCalls({ url, apiKey: 'key' }, { askMs: 100, changeMs: 150 }) };
};

const list = (calls: QdrantCalls, kind: keyof QdrantCalls): Promise<string> =>
  calls[kind]('listing', (client) => client.getCollections()).then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe('a call', () => {
  it('that may be repeated is tried three times while the server has too much to do', async () => {
    for (const kind of ['ask', 'repeatable'] as const) {
      const twice = await setup([503, 429, 200]);
      expect([await list(twice.calls, kind), twice.seen.length]).toEqual(['answered', 3]);
      const always = await setup([503]);
      expect([await list(always.calls, kind), always.seen.length]).toEqual(['listing: said 503', 3]);
    }
  });

  it('that may not be repeated is tried once', async () => {
    const { calls, seen } = await setup([503, 200]);
    expect([await list(calls, 'once'), seen.length]).toEqual(['listing: said 503', 1]);
  });

  it('is not repeated when it would fail again, or took its time already', async () => {
    const refused = await setup([400, 200]);
    expect([await list(refused.calls, 'ask'), refused.seen.length]).toEqual(['listing: said 400', 1]);
    const slow = await setup([0, 200]);
    expect([await list(slow.calls, 'ask'), slow.seen.length]).toEqual([
      'listing: no answer within 100 ms',
      1,
    ]);
    const change = await setup([0, 200]);
    expect(await list(change.calls, 'repeatable')).toBe('listing: no answer within 150 ms');
  });

  it('carries the key and asks for plain answers, below the path of the address', async () => {
    const { calls, seen } = await setup([200], '/vectors/');
    await list(calls, 'ask');
    expect(seen[0]).toMatchObject({
      url: '/vectors/collections',
      headers: { 'api-key': 'key', 'accept-encoding': 'identity' },
    });
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { qdrantCalls } from './qdrant-calls.ts';
import type { QdrantCalls } from './qdrant-calls.ts';

/** A server that answers with these statuses in turn, and goes on with the last one; 0 is no answer. */
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
  return { seen, calls: qdrantCalls({ url, apiKey: 'key' }, { readMs: 100, writeMs: 150 }) };
};

const list = (calls: QdrantCalls, kind: keyof QdrantCalls): Promise<string> =>
  calls[kind]('listing', (client) => client.getCollections()).then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe('qdrantCalls', () => {
  it('tries reads and idempotent writes three times while the server is overloaded', async () => {
    for (const kind of ['read', 'writeIdempotent'] as const) {
      const twice = await setup([503, 429, 200]);
      expect([await list(twice.calls, kind), twice.seen.length]).toEqual(['answered', 3]);
      const always = await setup([503]);
      expect([await list(always.calls, kind), always.seen.length]).toEqual(['listing: said 503', 3]);
    }
  });

  it('tries a write that must not be repeated once', async () => {
    const { calls, seen } = await setup([503, 200]);
    expect([await list(calls, 'writeOnce'), seen.length]).toEqual(['listing: said 503', 1]);
  });

  it('does not retry a call that was refused or has timed out', async () => {
    const refused = await setup([400, 200]);
    expect([await list(refused.calls, 'read'), refused.seen.length]).toEqual(['listing: said 400', 1]);
    const slow = await setup([0, 200]);
    expect([await list(slow.calls, 'read'), slow.seen.length]).toEqual([
      'listing: no answer within 100 ms',
      1,
    ]);
    const change = await setup([0, 200]);
    expect(await list(change.calls, 'writeIdempotent')).toBe('listing: no answer within 150 ms');
  });

  it('sends the API key and accepts only uncompressed answers, below the path of the address', async () => {
    const { calls, seen } = await setup([200], '/vectors/');
    await list(calls, 'read');
    expect(seen[0]).toMatchObject({
      url: '/vectors/collections',
      headers: { 'api-key': 'key', 'accept-encoding': 'identity' },
    });
  });
});

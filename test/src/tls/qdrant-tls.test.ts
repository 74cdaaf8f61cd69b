import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { hasOpenssl, testAuthority } from '@precedent/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';

describe.skipIf(!hasOpenssl)('a Qdrant with https (needs the openssl program)', () => {
  it('is reached when its authority is known, and not otherwise', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'precedent-qdrant-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const authority = testAuthority(folder);
    const { cert, key } = authority.issue('qdrant', { hosts: ['127.0.0.1'] });
    const files = { cert: readFileSync(cert), key: readFileSync(key) };
    const server = createServer(files, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ result: { collections: [{ name: 'a' }] } }));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(qdrantVectorIndex({ url }).collections()).rejects.toMatchObject({
      code: 'VECTORS_UNAVAILABLE',
    });
    const ca = readFileSync(authority.ca, 'utf8');
    expect(await qdrantVectorIndex({ url, ca }).collections()).toEqual(['a']);
  });
});

import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectNats } from './connect.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that says nothing but its version, and answers a ping. */
const aServer = async (version: string): Promise<string> => {
  const server = createServer((socket) => {
    const info = { server_id: 'S', version, proto: 1, headers: true, max_payload: 1_048_576 };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on('data', (bytes) => {
      if (bytes.toString().includes('PING')) socket.write('PONG\r\n');
    });
    socket.on('error', () => undefined);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('connecting to NATS', () => {
  it('refuses a server that is too old, with both versions and without the password', async () => {
    const address = await aServer('2.11.9');
    const connecting = connectNats({ url: `nats://me:secret@${address}`, name: 'test' });
    await expect(connecting).rejects.toMatchObject({
      code: 'SERVER_TOO_OLD',
      message: `nats://***@${address} is version 2.11.9, at least 2.12 is needed`,
    });
  });

  it('takes a server that is just new enough', async () => {
    const nc = await connectNats({ url: await aServer('2.12.0-RC.1'), name: 'test' });
    expect(nc.info?.version).toBe('2.12.0-RC.1');
    await nc.close();
  });

  it('takes a newer major version', async () => {
    const nc = await connectNats({ url: await aServer('3.0.1'), name: 'test' });
    await nc.close();
  });

  it('rejects when no server listens', async () => {
    const address = await aServer('2.12.0');
    servers.pop()?.close();
    const connecting = connectNats({ url: `nats://${address}`, name: 'test' });
    await expect(connecting).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
    await expect(connecting).rejects.toThrow(`no NATS server at nats://${address}`);
  });
});

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openListeners } from './open-listeners.ts';
import { served, webApp } from './web-app.ts';

const appOn = (port: number) =>
  served(
    webApp({ bodyLimit: 9, unreadable: () => ({ type: 'text/plain', text: '' }) }),
    { host: '127.0.0.1', port },
    'gateway.testPort',
  );

/** A port that another program listens on. */
const takenPort = async (): Promise<number> => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  return (other.address() as AddressInfo).port;
};

describe('an app on a port that another program has', () => {
  it('names the setting of the port', async () => {
    const port = await takenPort();
    await expect(appOn(port)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `port ${port} of 127.0.0.1 is in use: set gateway.testPort`,
    });
  });
});

describe('listeners of which one cannot be opened', () => {
  it('are all closed', async () => {
    const port = await takenPort();
    let first: string | undefined;
    const opening = openListeners({
      first: async () => {
        const listener = await appOn(0);
        first = listener.url;
        return listener;
      },
      second: () => appOn(port),
    });
    await expect(opening).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await expect(fetch(first ?? '')).rejects.toThrow('fetch failed');
  });
});

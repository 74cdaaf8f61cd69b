import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/**
 * Tells when processes that are not our children live and end: each holds a connection, which the system closes at its
 * end, however it ends.
 */
export interface Lifelines extends AsyncDisposable {
  /** Node source that holds a line, for ever. `deaf` ignores SIGTERM. */
  source(name: string, hearing?: 'deaf' | 'hearing'): string;
  /** Resolves to its process id when the process of this name holds its line. */
  joined(name: string): Promise<number>;
  /** Resolves when it has ended. Ask after it has joined. */
  ended(name: string): Promise<void>;
}

interface Line {
  readonly joined: PromiseWithResolvers<number>;
  readonly ended: PromiseWithResolvers<void>;
}

export const lifelines = async (): Promise<Lifelines> => {
  const lines = new Map<string, Line>();
  const sockets = new Set<Socket>();
  const line = (name: string): Line => {
    const known = lines.get(name) ?? { joined: Promise.withResolvers(), ended: Promise.withResolvers() };
    lines.set(name, known);
    return known;
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      const [name = '', pid] = bytes.toString().split(' ');
      socket.once('close', () => line(name).ended.resolve());
      line(name).joined.resolve(Number(pid));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    source: (name, hearing = 'hearing') =>
      `${hearing === 'deaf' ? "process.on('SIGTERM', () => {});" : ''}
      const line = require('node:net').connect(${port}, '127.0.0.1', () => line.write('${name} ' + process.pid));
      line.on('error', () => process.exit(9));`,
    joined: (name) => line(name).joined.promise,
    ended: (name) => line(name).ended.promise,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

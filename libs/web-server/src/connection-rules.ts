import type { Server, Socket } from 'node:net';

export interface ConnectionRules {
  /** Of one address, at the same time. */
  readonly connectionsMax: number;
  /** A connection with bytes that its client does not take is ended then. Milliseconds. */
  readonly stallMs: number;
}

/** A server of HTTP, as far as connections go. */
interface HttpListener extends Server {
  setTimeout(ms: number, listener: (socket: Socket) => void): this;
}

export const guardConnections = (server: HttpListener, rules: ConnectionRules): void => {
  limitConnections(server, rules.connectionsMax);
  endStalled(server, rules.stallMs);
};

/** Ends connections beyond `max` of one address. */
export const limitConnections = (server: Server, max: number): void => {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    const count = (open.get(remoteAddress) ?? 0) + 1;
    if (count > max) return socket.destroy();
    open.set(remoteAddress, count);
    socket.once('close', () => {
      const left = (open.get(remoteAddress) ?? 1) - 1;
      if (left > 0) open.set(remoteAddress, left);
      else open.delete(remoteAddress);
    });
    return undefined;
  });
};

/** Without activity for `ms`: a request that is being answered may wait longer, unless its client does not read. */
const endStalled = (server: HttpListener, ms: number): void => {
  const busy = new WeakMap<Socket, number>();
  const change = (socket: Socket, by: number): void => void busy.set(socket, (busy.get(socket) ?? 0) + by);
  server.on('request', (request: { readonly socket: Socket }, response: NodeJS.EventEmitter) => {
    const { socket } = request;
    change(socket, 1);
    response.once('close', () => change(socket, -1));
  });
  server.setTimeout(ms, (socket) => {
    if (socket.writableLength > 0 || (busy.get(socket) ?? 0) === 0) socket.destroy();
  });
};

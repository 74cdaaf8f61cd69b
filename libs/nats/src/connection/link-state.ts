import type { NatsConnection } from '@nats-io/nats-core';

/** Whether a connection works now. */
export interface LinkState {
  /**
   * `false` from the moment the connection breaks until the client has reconnected. The client drops what is published meanwhile or, worse,
   * buffers it and sends it later.
   */
  isUp(): boolean;
  /** Called when the connection breaks or is closed. The returned function removes the listener. */
  onDown(listener: () => void): () => void;
  /** Called when the client has reconnected. */
  onUp(listener: () => void): () => void;
}

const states = new WeakMap<NatsConnection, LinkState>();

/** The state of this connection: one object for each. Call it for the first time while the connection is up. */
export const linkStateOf = (nc: NatsConnection): LinkState => {
  const known = states.get(nc);
  if (known) return known;
  const state = follow(nc);
  states.set(nc, state);
  return state;
};

const follow = (nc: NatsConnection): LinkState => {
  const down = new Set<() => void>();
  const up = new Set<() => void>();
  let isDown = false;
  const watch = async (): Promise<void> => {
    for await (const { type } of nc.status()) {
      if (type === 'disconnect' || type === 'close') isDown = true;
      else if (type === 'reconnect') isDown = false;
      else continue;
      for (const listener of isDown ? down : up) listener();
    }
  };
  void watch();
  return {
    // No single sign is enough: the events arrive some microtasks late, `info` is empty from the first attempt to reconnect on, and is
    // there again a little before the connection works.
    isUp: () => !isDown && !nc.isClosed() && nc.info !== undefined,
    onDown: (listener) => addListener(down, listener),
    onUp: (listener) => addListener(up, listener),
  };
};

const addListener = (to: Set<() => void>, listener: () => void): (() => void) => {
  to.add(listener);
  return () => void to.delete(listener);
};

/**
 * The outcome of `work`. Rejects at once when the connection breaks: the client would drop the request of `work`, or send it later, and in
 * both cases wait for its whole timeout.
 */
export const whileUp = async <T>(nc: NatsConnection, work: () => Promise<T>): Promise<T> => {
  const link = linkStateOf(nc);
  if (!link.isUp()) throw new Error('there is no connection');
  const broken = Promise.withResolvers<never>();
  const stopListening = link.onDown(() => broken.reject(new Error('the connection broke')));
  try {
    return await Promise.race([work(), broken.promise]);
  } finally {
    stopListening();
  }
};

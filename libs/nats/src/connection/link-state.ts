import type { NatsConnection } from '@nats-io/nats-core';

/** Whether a connection works at this moment. */
export interface LinkState {
  /**
   * `false` from the moment the connection breaks until it is made again. What is published while it is `false` is dropped or,
   * worse, kept by the client and sent later.
   */
  isUp(): boolean;
  /** Called when the connection breaks or is closed. The returned function takes it back. */
  onDown(listener: () => void): () => void;
  /** Called when it is made again. */
  onUp(listener: () => void): () => void;
}

const states = new WeakMap<NatsConnection, LinkState>();

/** The one state of this connection. Ask for it first while the connection is up. */
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
    // Three windows: the events arrive some microtasks late, `info` is empty from the first new attempt on, and it is
    // there again a little before the connection is.
    isUp: () => !isDown && !nc.isClosed() && nc.info !== undefined,
    onDown: (listener) => added(down, listener),
    onUp: (listener) => added(up, listener),
  };
};

const added = (to: Set<() => void>, listener: () => void): (() => void) => {
  to.add(listener);
  return () => void to.delete(listener);
};

/**
 * The outcome of `work`, unless the connection breaks before: then it rejects at once. A request of the client would be dropped, or kept
 * and sent later, and in both cases wait for its whole timeout.
 */
export const whileUp = async <T>(nc: NatsConnection, work: () => Promise<T>): Promise<T> => {
  const link = linkStateOf(nc);
  if (!link.isUp()) throw new Error('there is no connection');
  const broken = Promise.withResolvers<never>();
  const takeBack = link.onDown(() => broken.reject(new Error('the connection broke')));
  try {
    return await Promise.race([work(), broken.promise]);
  } finally {
    takeBack();
  }
};

import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import { Requests } from './requests.ts';

/** A connection to a server on which no service answers. */
const setup = () => {
  const published: string[] = [];
  let answer: (msg: Msg) => void = () => undefined;
  const nc = {
    info: {},
    isClosed: () => false,
    status: async function* () {
      yield* [];
      await new Promise(() => undefined);
    },
    subscribe: (_: string, { callback }: { callback: (error: null, msg: Msg) => void }) => {
      answer = (msg) => callback(null, msg);
    },
    publish: (_: string, text: string, { reply }: { reply: string }) => {
      published.push(text);
      replies.push(reply);
    },
  } as unknown as NatsConnection;
  const replies: string[] = [];
  const requests = new Requests(nc);
  const leave = new AbortController();
  const send = (text: string) =>
    requests.send({ subject: 'a', content: () => ({ text }), timeoutMs: 60_000, signal: leave.signal });
  return { requests, published, replies, send, leave, answer: (msg: Msg) => answer(msg) };
};

const sent = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a request that its sender gives up', () => {
  it('ends at once with the reason, and leaves nothing behind, also for a late answer', async () => {
    const { requests, send, leave, replies, answer } = setup();
    const gone = send('one');
    await sent();
    expect(requests.size).toBe(1);
    leave.abort(new Error('the client left'));
    expect(requests.size).toBe(0);
    await expect(gone).rejects.toThrow('the client left');
    answer({ subject: replies[0], data: Buffer.from('{}') } as unknown as Msg);
    expect(requests.size).toBe(0);
  });

  it('is not sent when it was given up before', async () => {
    const { requests, send, leave, published } = setup();
    const gone = send('one');
    leave.abort(new Error('the client left'));
    await expect(gone).rejects.toThrow('the client left');
    await expect(send('two')).rejects.toThrow('the client left');
    await sent();
    expect([published, requests.size]).toEqual([[], 0]);
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Probe } from '@precedent/kernel';
import { Webhook } from 'standardwebhooks';

/** A structured CloudEvent, as a receiver reads it. */
export interface CloudEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly source: string;
  readonly specversion: string;
  readonly sequence?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly event: CloudEvent;
}

type Answer = (request: Received, response: ServerResponse) => void;

const accept: Answer = (_, response) => void response.end('thanks');

/** A receiver of webhooks on loopback. `answer` may be replaced at any time. */
export const receiver = async (answer: Answer = accept) => {
  const all: Received[] = [];
  const arrived = new Probe<Received>();
  arrived.arm();
  const world = { answer };
  const server = createServer((request, response) => void take(request, response));
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const received = { headers: request.headers, body, event: JSON.parse(body) as CloudEvent };
    all.push(received);
    world.answer(received, response);
    arrived.hit(received);
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    all,
    arrived,
    answers: (next: Answer) => void (world.answer = next),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

export type Receiver = Awaited<ReturnType<typeof receiver>>;

/** Whether the official library accepts a message with this secret. */
export const isVerified = ({ headers, body }: Received, secret: string): boolean => {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
};

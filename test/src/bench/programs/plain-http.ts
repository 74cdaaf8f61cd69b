import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@precedent/client';
import fastify from 'fastify';
import { program } from './program.ts';

export interface PlainHttpParams {
  readonly url: string;
  readonly port: number;
  /** Of an answer to a GET. */
  readonly bytes: number;
}

/** A server with nothing to do: it appends what is posted to a stream and answers, and answers a GET with a text that it has. */
program(async ({ url, port, bytes }: PlainHttpParams, { ready, stop }): Promise<void> => {
  const client = await connect({ servers: url, name: 'bench-plain-http' });
  await (
    await jetstreamManager(client.link)
  ).streams.add({ name: 'PLAIN', subjects: ['plain'], storage: 'file' });
  const stream = jetstream(client.link);
  const text = JSON.stringify({ id: '', filling: 'x'.repeat(bytes) });
  const app = fastify();
  app.post('/api/v1/tasks', async (request, reply) => {
    const { seq } = await stream.publish('plain', JSON.stringify(request.body));
    return reply.code(202).send({ id: `${seq}`, seq });
  });
  app.get('/api/v1/tasks/:id', (_request, reply) => reply.type('application/json').send(text));
  await app.listen({ host: '127.0.0.1', port });
  ready();
  await stop;
  await app.close();
  await client.close();
});

import { connect } from '@precedent/client';
import { program } from './program.ts';

export interface EchoParams {
  readonly url: string;
  readonly subject: string;
  /** Of each answer. */
  readonly bytes: number;
}

/** Answers every request with its own JSON, made as long as `bytes`: a service that has nothing to do. */
program(async ({ url, subject, bytes }: EchoParams, { ready, stop }): Promise<void> => {
  const client = await connect({ servers: url, name: 'bench-echo' });
  const padding = 'x'.repeat(bytes);
  client.link.subscribe(subject, {
    callback: (error, message) => {
      if (error) throw error;
      const head = `${message.string().slice(0, -1)},"filling":"`;
      message.respond(`${head}${padding.slice(0, Math.max(0, bytes - head.length - 2))}"}`);
    },
  });
  await client.link.flush();
  ready();
  await stop;
  await client.close();
});

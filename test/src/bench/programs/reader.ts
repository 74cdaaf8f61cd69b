import type { Client } from '@precedent/client';
import { connect } from '@precedent/client';
import { subjectsOf } from '@precedent/contracts';
import { taskId } from '../tasks.ts';
import { program } from './program.ts';
import { timedSending } from './timed-sending.ts';

export interface ReaderParams {
  readonly url: string;
  /** `get`: the engine's. `sdk`: the same through `Client.get`. `echo`: a plain answer of the same size. */
  readonly kind: 'get' | 'sdk' | 'echo';
  /** Subject of the echo. */
  readonly subject: string;
  /** Ids are those of `taskId`, from 0. */
  readonly ids: number;
  readonly inFlight: number;
  /** Milliseconds: first until the code is warm, then measured. */
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface ReaderResult {
  readonly answers: number;
  readonly ms: number;
}

/** Asks for one task after the other and checks that the answer is that task. */
type Ask = (id: string) => Promise<string>;

const askerOf = (client: Client, { kind, subject }: ReaderParams): Ask => {
  if (kind === 'sdk') return async (id) => (await client.get(id)).id;
  return rawAsker(client, kind === 'get' ? subjectsOf().api('get') : subject);
};

/** One inbox and a counter in place of a timer and a subscription for each request: what a busy NATS client does. */
const rawAsker = ({ link }: Client, subject: string): Ask => {
  const inbox = `_INBOX.bench${process.pid}`;
  const waiting = new Map<string, (id: string) => void>();
  let number = 0;
  link.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error) throw error;
      const settle = waiting.get(message.subject);
      waiting.delete(message.subject);
      settle?.(String((message.json() as { id?: unknown }).id));
    },
  });
  return (id) =>
    new Promise((resolve) => {
      const reply = `${inbox}.${number++}`;
      waiting.set(reply, resolve);
      link.publish(subject, `{"id":"${id}"}`, { reply });
    });
};

program(async (params: ReaderParams, { ready, go }): Promise<ReaderResult> => {
  const client = await connect({ servers: params.url, name: 'bench-reader' });
  const ask = askerOf(client, params);
  let next = 0;
  const askNext = async (): Promise<void> => {
    const id = taskId(next++ % params.ids);
    const got = await ask(id);
    if (got !== id) throw new Error(`requested ${id} and got ${got}`);
  };
  ready();
  await go;
  const { answers, ms } = await timedSending(
    Array.from({ length: params.inFlight }, () => askNext),
    params,
  );
  await client.close();
  return { answers, ms };
});

import { subjectsOf } from '@precedent/contracts';
import { connectNats, natsLog } from '@precedent/nats';
import type { NatsLog } from '@precedent/nats';
import { program } from './program.ts';

export interface ClerkParams {
  readonly url: string;
  readonly stream: string;
  readonly subject: string;
}

interface Asked {
  readonly text: string;
  readonly answer: (seq: number) => void;
}

/** As many as an engine has. */
const IN_FLIGHT = 2;

/** Writes what it is asked and answers when that is durable, with as many appends under way as an engine, and does nothing else. */
class Clerk {
  readonly #log: NatsLog;
  #waiting: Asked[] = [];
  #sent = 0;
  #inFlight = 0;

  constructor(log: NatsLog) {
    this.#log = log;
  }

  take(asked: Asked): void {
    // All that one turn of the event loop brings shares an append.
    if (this.#waiting.push(asked) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#waiting.length === 0 || this.#inFlight === IN_FLIGHT) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#inFlight++;
    void this.#append(batch);
  }

  async #append(batch: readonly Asked[]): Promise<void> {
    const seq = await this.#log.append(batch.map(({ text }) => text).join('\n'), this.#sent++);
    this.#inFlight--;
    for (const { answer } of batch) answer(seq);
    this.#flush();
  }
}

program(async ({ url, stream, subject }: ClerkParams, { ready, stop }): Promise<void> => {
  const nc = await connectNats({ url, name: 'bench-clerk' });
  const clerk = new Clerk(await natsLog({ nc, stream, subject }));
  nc.subscribe(subjectsOf().submit('*'), {
    callback: (error, msg) => {
      if (error) throw error;
      const text = msg.string();
      const tasks = JSON.parse(text) as { readonly id: string } | { readonly id: string }[];
      const answerOf = (seq: number) =>
        Array.isArray(tasks) ? tasks.map(({ id }) => ({ id, seq })) : { id: tasks.id, seq };
      clerk.take({ text, answer: (seq) => msg.respond(JSON.stringify(answerOf(seq))) });
    },
  });
  await nc.flush();
  ready();
  await stop;
  await nc.close();
});

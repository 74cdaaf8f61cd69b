import { subjectsOf } from '@precedent/contracts';
import { connectNats, natsLog } from '@precedent/nats';
import type { NatsLog } from '@precedent/nats';
import { BASELINE_SUBJECTS } from '../baseline-subjects.ts';
import { program } from './program.ts';

export interface BaselineServerParams {
  readonly url: string;
  readonly stream: string;
  readonly subject: string;
  /** Each task is assigned to the baseline worker once it is durable, and the worker's report is journaled too. */
  readonly runs?: boolean;
}

interface Request {
  readonly text: string;
  readonly answer: (seq: number) => void;
}

/** As many as an engine has. */
const IN_FLIGHT = 2;

/** Journals each request and answers when it is durable, with as many appends in flight as an engine, and does nothing else of its own. */
class BaselineServer {
  readonly #log: NatsLog;
  #waiting: Request[] = [];
  #sent = 0;
  #inFlight = 0;

  constructor(log: NatsLog) {
    this.#log = log;
  }

  take(request: Request): void {
    // All that one turn of the event loop brings shares an append.
    if (this.#waiting.push(request) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#waiting.length === 0 || this.#inFlight === IN_FLIGHT) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#inFlight++;
    void this.#append(batch);
  }

  async #append(batch: readonly Request[]): Promise<void> {
    const seq = await this.#log.append(batch.map(({ text }) => text).join('\n'), this.#sent++);
    this.#inFlight--;
    for (const { answer } of batch) answer(seq);
    this.#flush();
  }
}

program(
  async ({ url, stream, subject, runs = false }: BaselineServerParams, { ready, stop }): Promise<void> => {
    const nc = await connectNats({ url, name: 'bench-baseline-server' });
    const server = new BaselineServer(await natsLog({ nc, stream, subject }));
    nc.subscribe(subjectsOf().submit('*'), {
      callback: (error, msg) => {
        if (error) throw error;
        const text = msg.string();
        const tasks = JSON.parse(text) as { readonly id: string } | { readonly id: string }[];
        const answerOf = (seq: number) =>
          Array.isArray(tasks) ? tasks.map(({ id }) => ({ id, seq })) : { id: tasks.id, seq };
        const answer = (seq: number): void => {
          msg.respond(JSON.stringify(answerOf(seq)));
          if (runs) nc.publish(BASELINE_SUBJECTS.assign, text);
        };
        server.take({ text, answer });
      },
    });
    if (runs)
      nc.subscribe(BASELINE_SUBJECTS.report, {
        callback: (error, msg) => {
          if (error) throw error;
          server.take({ text: msg.string(), answer: () => void msg.respond() });
        },
      });
    await nc.flush();
    ready();
    await stop;
    await nc.close();
  },
);

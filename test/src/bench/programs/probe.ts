import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import { openLoop } from '../pacing.ts';
import { noopSpec } from '../tasks.ts';
import { connectTo } from './connection.ts';
import type { ConnectionParams } from './connection.ts';
import { program } from './program.ts';

export interface ProbeParams extends ConnectionParams {
  /** `submit`: one task at the request ingress. `publish`: the same text to `subject`, which a stream takes. */
  readonly kind: 'submit' | 'publish';
  readonly subject: string;
  readonly count: number;
  /** Not counted: until the code is warm. */
  readonly warmUp: number;
  /** Starts a second. */
  readonly perSecond: number;
  /** One after the other, with nothing else under way; otherwise an open loop. */
  readonly alone: boolean;
}

const LIMIT_MS = 60_000;

const senderOf = (client: Client, { kind, subject }: ProbeParams): ((n: number) => Promise<unknown>) => {
  if (kind === 'submit') return (n) => client.submit(noopSpec(n), { door: 'ask', timeoutMs: LIMIT_MS });
  return async (n) => {
    const answer = await client.link.request(subject, JSON.stringify(noopSpec(n)), { timeout: LIMIT_MS });
    if (answer.string().includes('"error"')) throw new Error(`the stream refused: ${answer.string()}`);
  };
};

/** Resolves to the time that each submission took, in milliseconds, from the call to its answer. */
program(async (params: ProbeParams, { ready, go }): Promise<readonly number[]> => {
  const client = await connectTo(params, 'bench-probe');
  const send = senderOf(client, params);
  const times: number[] = [];
  const one = async (n: number): Promise<void> => {
    const startedAt = performance.now();
    await send(n);
    times.push(performance.now() - startedAt);
  };
  ready();
  await go;
  const { count, warmUp, perSecond, alone } = params;
  const total = count + warmUp;
  if (alone) {
    for (let n = 0; n < total; n++) {
      await one(n);
      await pause(1_000 / perSecond);
    }
  } else {
    const pending: Promise<void>[] = [];
    await openLoop({ perSecond, count: total, stopped: new Promise(() => undefined) }, (due) => {
      for (let i = 0; i < due; i++) pending.push(one(pending.length));
    });
    await Promise.all(pending);
  }
  await client.close();
  return times.slice(warmUp);
});

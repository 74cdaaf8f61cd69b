import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { inboxOf } from '../connection/inbox.ts';
import { linkStateOf } from '../connection/link-state.ts';

export interface DirectPage {
  readonly stream: string;
  /** The sequence of the first message. */
  readonly from: number;
  /** Messages in the answer at most, and bytes, about. */
  readonly batch: number;
  readonly bytes: number;
  /** What is read, as errors name it, and their code. */
  readonly name: string;
  readonly unavailable: ErrorCode;
}

/** A server that syncs many writes answers late. */
const QUIET_LIMIT_MS = 5_000;

/** 204: the end of the batch. 404: nothing is stored at or after the position. */
const END_OF_BATCH: ReadonlySet<number> = new Set([204, 404]);

/**
 * One direct bulk read: it needs no consumer, and any replica may answer. `take` gets each message in turn; a text that it returns is why
 * the read fails. Rejects with `unavailable`.
 */
export const readDirectPage = (
  nc: NatsConnection,
  { stream, from, batch, bytes, name, unavailable }: DirectPage,
  take: (msg: Msg) => string | undefined,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const inbox = inboxOf(nc);
    const link = linkStateOf(nc);
    const end = (error?: AppError): void => {
      clearTimeout(timer);
      stopListening();
      if (!nc.isClosed()) subscription.unsubscribe();
      if (error) reject(error);
      else resolve();
    };
    const fail = (why: string): void => end(new AppError(unavailable, `reading ${name}: ${why}`));
    const timer = setTimeout(() => fail(`nothing for ${QUIET_LIMIT_MS} ms`), QUIET_LIMIT_MS);
    const stopListening = link.onDown(() => fail('the connection broke'));
    const subscription = nc.subscribe(inbox, {
      callback: (error, msg) => {
        timer.refresh();
        if (error) return fail(error.message);
        const code = msg.headers?.code ?? 0;
        const wrong = code === 0 ? take(msg) : undefined;
        if (wrong !== undefined) return fail(wrong);
        if (code === 0) return;
        return END_OF_BATCH.has(code) ? end() : fail(`${code} ${msg.headers?.description ?? ''}`);
      },
    });
    if (!link.isUp()) return fail('there is no connection');
    const request = JSON.stringify({ seq: from, batch, max_bytes: bytes });
    nc.publish(`$JS.API.DIRECT.GET.${stream}`, request, { reply: inbox });
  });

import { headers } from '@nats-io/nats-core';
import type { MsgHdrs } from '@nats-io/nats-core';
import { catalogue, cutText } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** What can be answered. */
export interface Answerable {
  respond(data: string, options?: { readonly headers?: never }): boolean;
}

const LINE_CHARS = 1_000;

/** The headers by which any NATS client knows a refusal of a service. A header is one line. */
const errorHeaders = ({ code, message }: Problem): MsgHdrs => {
  const made = headers();
  made.set('Nats-Service-Error-Code', String(catalogue[code].http));
  made.set('Nats-Service-Error', cutText(`${code}: ${message}`, LINE_CHARS).replaceAll(/\s+/g, ' '));
  return made;
};

/** Answers `{error}`, with the headers of a refusal. The sender of one that cannot be sent hears nothing. */
export const refuse = (msg: Answerable, problem: Problem): void => {
  try {
    msg.respond(JSON.stringify({ error: problem }), { headers: errorHeaders(problem) as never });
  } catch {
    msg.respond(
      JSON.stringify({ error: { code: problem.code, message: cutText(problem.message, LINE_CHARS) } }),
    );
  }
};

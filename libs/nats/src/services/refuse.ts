import { headers } from '@nats-io/nats-core';
import type { MsgHdrs } from '@nats-io/nats-core';
import { catalogue, cutText } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** A message that can be answered. */
export interface Answerable {
  respond(data: string, options?: { readonly headers?: never }): boolean;
}

const LINE_CHARS = 1_000;

/** The standard headers of a service error. A header is one line. */
const errorHeaders = ({ code, message }: Problem): MsgHdrs => {
  const made = headers();
  made.set('Nats-Service-Error-Code', String(catalogue[code].http));
  made.set('Nats-Service-Error', cutText(`${code}: ${message}`, LINE_CHARS).replaceAll(/\s+/g, ' '));
  return made;
};

/** Answers `{error}` with the headers of a service error; a shorter one without headers when that cannot be sent. */
export const refuse = (msg: Answerable, problem: Problem): void => {
  try {
    msg.respond(JSON.stringify({ error: problem }), { headers: errorHeaders(problem) as never });
  } catch {
    msg.respond(
      JSON.stringify({ error: { code: problem.code, message: cutText(problem.message, LINE_CHARS) } }),
    );
  }
};

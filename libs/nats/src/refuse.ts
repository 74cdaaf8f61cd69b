import { headers } from '@nats-io/nats-core';
import type { ServiceMsg } from '@nats-io/services';
import { catalogue } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** Answers `{error}`, with the headers by which any NATS client knows a refusal of a service. A header is one line. */
export const refuse = (msg: ServiceMsg, problem: Problem): void => {
  const { http } = catalogue[problem.code];
  const line = `${problem.code}: ${problem.message}`.replaceAll(/[\r\n]+/g, ' ');
  const errorHeaders = headers();
  errorHeaders.set('Nats-Service-Error-Code', String(http));
  errorHeaders.set('Nats-Service-Error', line);
  msg.respond(JSON.stringify({ error: problem }), { headers: errorHeaders as never });
};

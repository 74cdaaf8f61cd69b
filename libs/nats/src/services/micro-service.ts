import type { NatsConnection } from '@nats-io/nats-core';
import { Svcm } from '@nats-io/services';
import type { ServiceMsg } from '@nats-io/services';
import { problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { InFlight } from '../ingress/in-flight.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { refuse } from './refuse.ts';

/** The answer to one request, once. Nothing is sent of it when the request was refused meanwhile. */
export interface Responder {
  /** `problem`: something in it was refused, so that it counts as an error. `shorter`: sent instead of what a message cannot hold. */
  send(
    text: string,
    more?: { readonly problem?: Problem | undefined; readonly shorter?: () => string },
  ): void;
  /** `{error}`, with the headers of a service error. */
  refuse(problem: Problem): void;
}

export interface Endpoint {
  /** Where it listens, wildcards included. */
  readonly subject: string;
  readonly metadata?: Record<string, string>;
  readonly take: (msg: ServiceMsg, answer: Responder) => void;
}

export interface MicroServiceOptions {
  readonly nc: NatsConnection;
  readonly name: string;
  readonly description: string;
  /** A semantic version. */
  readonly version: string;
  /** Of several programs on one subject only one of this group gets each request. */
  readonly queue?: string;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  /** Milliseconds that open requests have at the end. */
  readonly closeLimitMs?: number;
}

const CLOSE_LIMIT_MS = 2_000;

/**
 * A NATS micro service: `nats micro info` lists its endpoints, `nats micro stats` counts their requests, refusals and times. No request
 * ends the process: what its endpoint throws is answered as INTERNAL.
 */
export const openMicroService = async (options: MicroServiceOptions): Promise<EngineIngress> => {
  const { nc, name, version, description, queue, endpoints, closeLimitMs = CLOSE_LIMIT_MS } = options;
  const inFlight = new InFlight();
  const tallies = new Map(Object.values(endpoints).map(({ subject }) => [subject, new Tally()] as const));
  // The package brings a core of its own, whose types are not ours; what it uses of a connection is the same.
  const service = await new Svcm(nc as unknown as ConstructorParameters<typeof Svcm>[0]).add({
    name,
    version,
    description,
    ...(queue !== undefined && { queue }),
    statsHandler: async (endpoint) => tallies.get(endpoint.subject)?.showIn(endpoint),
  });
  for (const [each, endpoint] of Object.entries(endpoints)) {
    const tally = tallies.get(endpoint.subject) ?? new Tally();
    service.addEndpoint(each, served(endpoint, tally, inFlight));
  }
  return {
    abandon: (problem) => {
      inFlight.refuseAll(problem);
      void service.stop();
    },
    close: async () => {
      await service.stop();
      await inFlight.settled(closeLimitMs);
    },
  };
};

const served = ({ subject, metadata, take }: Endpoint, tally: Tally, inFlight: InFlight) => ({
  subject,
  ...(metadata && { metadata }),
  handler: (error: Error | null, msg: ServiceMsg): void => {
    if (error !== null) return;
    const count = tally.begin();
    const end = inFlight.begin((problem) => {
      sent(() => refuse(msg, problem));
      count(problem);
    });
    if (end === undefined) return;
    const answer = answerTo(msg, end, count);
    try {
      take(msg, answer);
    } catch (thrown) {
      answer.refuse(problemOf(thrown));
    }
  },
});

type Count = (problem?: Problem) => void;

const answerTo = (msg: ServiceMsg, end: () => boolean, count: Count): Responder => ({
  send: (text, { problem, shorter } = {}) => {
    if (!end()) return;
    try {
      msg.respond(text);
    } catch {
      if (shorter) sent(() => msg.respond(shorter()));
    }
    count(problem);
  },
  refuse: (problem) => {
    if (!end()) return;
    sent(() => refuse(msg, problem));
    count(problem);
  },
});

/** The connection may be closed by now; then the sender of the request asks again. */
const sent = (send: () => void): void => {
  try {
    send();
  } catch {
    return;
  }
};

const NANOS_PER_MS = 1e6;

/**
 * What became of the requests to an endpoint. The package counts only what its handler throws, and only the time until it returns, so
 * both would be nothing for what is answered later.
 */
class Tally {
  #requests = 0;
  #errors = 0;
  #lastError = '';
  #ms = 0;

  begin(): Count {
    const startedAt = performance.now();
    return (problem) => {
      this.#requests++;
      this.#ms += performance.now() - startedAt;
      if (problem) this.#failed(problem);
    };
  }

  #failed({ code, message }: Problem): void {
    this.#errors++;
    this.#lastError = `${code}: ${message}`;
  }

  showIn(endpoint: object): undefined {
    const stats: unknown = Reflect.get(endpoint, 'stats');
    if (typeof stats !== 'object' || stats === null) return;
    const total = Math.round(this.#ms * NANOS_PER_MS);
    Object.assign(stats, {
      num_errors: this.#errors,
      processing_time: total,
      average_processing_time: this.#requests === 0 ? 0 : Math.round(total / this.#requests),
      ...(this.#errors > 0 && { last_error: this.#lastError }),
    });
  }
}

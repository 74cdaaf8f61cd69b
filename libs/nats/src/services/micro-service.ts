import type { NatsConnection } from '@nats-io/nats-core';
import { Svcm } from '@nats-io/services';
import type { ServiceMsg } from '@nats-io/services';
import { problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { InFlight } from '../ingress/in-flight.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { refuse } from './refuse.ts';

/** Answers one request, once. Nothing is sent when the request was refused meanwhile. */
export interface Responder {
  /** `problem`: a part of the request was refused, so it counts as an error. `shorter`: sent instead when the text exceeds the size of a message. */
  send(
    text: string,
    more?: { readonly problem?: Problem | undefined; readonly shorter?: () => string },
  ): void;
  /** `{error}`, with the headers of a service error. */
  refuse(problem: Problem): void;
}

export interface Endpoint {
  /** The subject that it subscribes to; may have wildcards. */
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
  /** Queue group: of several programs only one gets each request. */
  readonly queue?: string;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  /** For how long `close` waits for open requests. Milliseconds. */
  readonly closeLimitMs?: number;
}

const CLOSE_LIMIT_MS = 2_000;

/**
 * A NATS micro service: `nats micro info` lists its endpoints, `nats micro stats` counts their requests, refusals and times. An
 * exception of an endpoint does not end the process: it is answered as INTERNAL.
 */
export const openMicroService = async (options: MicroServiceOptions): Promise<EngineIngress> => {
  const { nc, name, version, description, queue, endpoints, closeLimitMs = CLOSE_LIMIT_MS } = options;
  const inFlight = new InFlight();
  const statsBySubject = new Map(
    Object.values(endpoints).map(({ subject }) => [subject, new EndpointStats()] as const),
  );
  // The package has its own copy of the types of a connection; what it uses of them is the same.
  const service = await new Svcm(nc as unknown as ConstructorParameters<typeof Svcm>[0]).add({
    name,
    version,
    description,
    ...(queue !== undefined && { queue }),
    statsHandler: async (endpoint) => statsBySubject.get(endpoint.subject)?.showIn(endpoint),
  });
  for (const [each, endpoint] of Object.entries(endpoints)) {
    const stats = statsBySubject.get(endpoint.subject) ?? new EndpointStats();
    service.addEndpoint(each, handlerOf(endpoint, stats, inFlight));
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

const handlerOf = ({ subject, metadata, take }: Endpoint, stats: EndpointStats, inFlight: InFlight) => ({
  subject,
  ...(metadata && { metadata }),
  handler: (error: Error | null, msg: ServiceMsg): void => {
    if (error !== null) return;
    const count = stats.begin();
    const end = inFlight.begin((problem) => {
      ignoringErrors(() => refuse(msg, problem));
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
      if (shorter) ignoringErrors(() => msg.respond(shorter()));
    }
    count(problem);
  },
  refuse: (problem) => {
    if (!end()) return;
    ignoringErrors(() => refuse(msg, problem));
    count(problem);
  },
});

/** The connection may be closed by now. Then the client sends its request again. */
const ignoringErrors = (send: () => void): void => {
  try {
    send();
  } catch {
    return;
  }
};

const NANOS_PER_MS = 1e6;

/**
 * Counts the requests, errors and times of an endpoint. The package counts only exceptions of the handler, and the time until it returns:
 * for requests that are answered later both are nothing.
 */
class EndpointStats {
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

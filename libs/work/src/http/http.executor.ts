import type { Job } from '@precedent/contract-types';
import type { Executor, ExecutorContext } from '@precedent/ports';
import { timeoutSignal, unlessAborted } from '@precedent/kernel';
import {
  DEFAULT_DENY,
  allowedAddresses,
  hostRules,
  isRedirect,
  sendRequest,
  systemResolve,
} from '@precedent/outbound';
import type { HostRules, HttpResponse, RequestOptions, Resolve } from '@precedent/outbound';
import { refuseIfStopped, stopError, stopRequestOf } from '../stop.ts';
import { traceparentOf } from '../traceparent.ts';
import type { Parse } from '../builtin/checked.ts';
import { httpCallOf, urlRefusal } from './http-call.ts';
import type { HttpCall, HttpPayload } from './http-call.ts';
import { networkFailure, plainUrl, redirectFailure, statusFailure, timeFailure } from './http-failure.ts';
import { followed } from './redirect.ts';
import type { Hop } from './redirect.ts';
import { httpReferences } from '../secrets/references.ts';
import type { Redactor } from '../secrets/redactor.ts';
import type { SecretSource } from '../secrets/secret-source.ts';
import { withSecrets } from '../secrets/with-secrets.ts';
import { resultBodyOf } from './response-body.ts';
import type { ResultBody } from './response-body.ts';
import { resultHeadersOf } from './result-headers.ts';

/** How HTTP calls are made. */
export interface HttpOptions {
  readonly parse: Parse<HttpPayload>;
  /** Hosts that may be called. Default: all that are not denied. */
  readonly allow?: readonly string[];
  /** Hosts that may not. Default `DEFAULT_DENY`; a list given here replaces it. */
  readonly deny?: readonly string[];
  /** Bytes of the whole result as JSON: a body that would burst it is cut. Default 256 KiB, the limit of the engine. */
  readonly resultBytes?: number;
  /** Default 5. */
  readonly redirects?: number;
  /** What headers and body may refer to. Default: nothing. */
  readonly secrets?: SecretSource;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
}

/** What an `http` task results in. */
export interface HttpResult extends ResultBody {
  readonly status: number;
  /** Names in lower case; what goes beyond 16 KiB is left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** The URL that answered, after redirects. */
  readonly url: string;
  readonly durationMs: number;
}

const defaults = () => ({
  allow: [] as readonly string[],
  deny: DEFAULT_DENY as readonly string[],
  resultBytes: 256 * 1024,
  redirects: 5,
  secrets: (() => Promise.resolve(undefined)) as SecretSource,
  resolve: systemResolve,
});

type Settings = Required<HttpOptions>;

/**
 * Makes the HTTP call that the payload describes and resolves to an `HttpResult`. Rejects with INVALID_TASK, HTTP_REFUSED,
 * HTTP_FAILED (`details.retryable` says whether another try makes sense), or the error of the stop. Throws INVALID_CONFIG at
 * once for a host pattern that is none. It settles when its connection is closed.
 */
export const httpExecutor = (options: HttpOptions): Executor => {
  const settings: Settings = { ...defaults(), ...options };
  const rules = hostRules(settings);
  const run = async (job: Job, context: ExecutorContext, redactor: Redactor): Promise<HttpResult> => {
    refuseIfStopped(context.signal);
    const call = httpCallOf(settings.parse(job.task.payload));
    const startedAt = performance.now();
    const { url, answer } = await answerWithin(call, { settings, rules, job, context, redactor });
    const durationMs = Math.round(performance.now() - startedAt);
    const size = `${answer.body.bytes.length}${answer.body.truncated ? '+' : ''} bytes`;
    context.log(
      'log',
      `${call.method} ${plainUrl(url)} answered ${answer.status} in ${durationMs} ms, ${size}\n`,
    );
    if (!call.expects(answer.status)) throw statusFailure(call, url, answer);
    return resultOf({ url, answer, durationMs, resultBytes: settings.resultBytes });
  };
  return withSecrets(run, settings.secrets, httpReferences);
};

interface Attempt {
  readonly settings: Settings;
  readonly rules: HostRules;
  readonly job: Job;
  readonly context: ExecutorContext;
  readonly redactor: Redactor;
}

interface Answered {
  readonly url: URL;
  readonly answer: HttpResponse;
}

const answerWithin = async (call: HttpCall, attempt: Attempt): Promise<Answered> => {
  const { signal } = attempt.context;
  const time = timeoutSignal(call.timeoutMs);
  try {
    return await answerOf(call, attempt, AbortSignal.any([signal, time]));
  } catch (error) {
    if (signal.aborted) throw stopError(stopRequestOf(signal), { cause: error });
    if (time.aborted) throw timeFailure(call);
    throw error;
  }
};

const answerOf = async (call: HttpCall, attempt: Attempt, signal: AbortSignal): Promise<Answered> => {
  let hop = firstHop(call, attempt);
  for (let redirects = 0; ; redirects++) {
    const answer = await send(hop, attempt, { signal, maxBytes: call.maxBytes });
    const { location } = answer.headers;
    if (call.expects(answer.status) || !isRedirect(answer.status, location)) return { url: hop.url, answer };
    if (redirects === attempt.settings.redirects) {
      throw redirectFailure(call.url, `${plainUrl(call.url)} redirects more than ${redirects} times`);
    }
    hop = nextHop(hop, answer.status, location);
  }
};

const nextHop = (hop: Hop, status: number, location: string): Hop => {
  const next = followed(hop, status, location);
  const refusal = next === undefined ? noHopReason(hop) : urlRefusal(next.url);
  if (next !== undefined && refusal === undefined) return next;
  throw redirectFailure(hop.url, `${plainUrl(hop.url)} redirects to where the worker cannot go: ${refusal}`);
};

const noHopReason = ({ hasSecretBody }: Hop): string =>
  hasSecretBody
    ? 'its location is not a URL of the same origin, and the body holds a secret'
    : 'its location is not a URL';

const firstHop = ({ method, url, headers, body }: HttpCall, { job, redactor }: Attempt): Hop => ({
  method,
  url,
  body,
  secretHeaders: Object.keys(headers).filter((name) => holdsSecret(headers[name] ?? '', redactor)),
  hasSecretBody: holdsSecret(body?.toString() ?? '', redactor),
  headers: {
    'user-agent': 'precedent-worker',
    accept: '*/*',
    ...traceHeader(job),
    ...headers,
  },
});

const holdsSecret = (text: string, { text: redact }: Redactor): boolean => redact(text) !== text;

const traceHeader = (job: Job): { traceparent?: string } => {
  const traceparent = traceparentOf(job);
  return traceparent === undefined ? {} : { traceparent };
};

const send = async (
  hop: Hop,
  { rules, settings, context }: Attempt,
  { signal, maxBytes }: Pick<RequestOptions, 'signal' | 'maxBytes'>,
): Promise<HttpResponse> => {
  try {
    // A lookup cannot be ended, but the attempt need not wait for it.
    const addresses = await unlessAborted(allowedAddresses(hop.url, rules, settings.resolve), signal);
    return await sendRequest(hop, { addresses, signal, maxBytes, alive: () => context.heartbeat() });
  } catch (error) {
    throw networkFailure(hop.url, error);
  }
};

interface ResultParts extends Answered {
  readonly durationMs: number;
  readonly resultBytes: number;
}

/** The body gets the bytes that the rest of the result leaves of the limit, with both flags counted. */
const resultOf = ({ url, answer, durationMs, resultBytes }: ResultParts): HttpResult => {
  const rest = {
    status: answer.status,
    headers: resultHeadersOf(answer.headers),
    url: url.href,
    durationMs,
  };
  const envelope = JSON.stringify({ ...rest, body: '', encoding: 'base64', truncated: true });
  const budgetBytes = Math.max(0, resultBytes - Buffer.byteLength(envelope));
  return { ...rest, ...resultBodyOf(answer.body, answer.headers['content-type'] ?? '', budgetBytes) };
};

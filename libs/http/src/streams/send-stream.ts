import { Readable } from 'node:stream';
import { isAppError, settlesWithin, startTimer, unlessAborted } from '@precedent/kernel';
import { watchCredential } from '@precedent/ports';
import type { Authenticate, WatchedCredential } from '@precedent/ports';
import type { OpenStreams } from '@precedent/web-server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { credentialIn } from '../session/request-credential.ts';
import { callerSessionOf } from '../task-routes.ts';
import { HEARTBEAT, PREAMBLE, endFrame } from './frames.ts';

export const STREAM_TYPE = 'text/event-stream';

export interface StreamOptions {
  readonly authenticate: Authenticate;
  readonly open: OpenStreams;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
  /** A client that takes nothing for so long is cut off. Milliseconds. */
  readonly stallMs: number;
  /** Between two heartbeats, and two looks at the credential. Milliseconds. */
  readonly heartbeatMs: number;
}

/** Frames until the signal is aborted. A generator that returns has nothing more to say. */
export type StreamSource = (signal: AbortSignal) => AsyncIterable<string>;

/** Whether the client wants a stream. */
export const wantsStream = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.includes(STREAM_TYPE) === true;

/** Sends frames as they come. The first one is waited for, so that what is refused has a status. Throws what the source throws before it. */
export const sendStream = async (
  request: FastifyRequest,
  reply: FastifyReply,
  options: StreamOptions & { readonly source: StreamSource },
): Promise<FastifyReply> => {
  const leave = options.open.add(callerSessionOf(request));
  const over = new AbortController();
  const stop = watchCredential(credentialOf(request, options), (reason) => over.abort(reason));
  reply.raw.once('close', () => over.abort());
  const signal = AbortSignal.any([over.signal, options.closing]);
  const close = (): void => {
    stop();
    leave();
  };
  try {
    const frames = options.source(signal)[Symbol.asyncIterator]();
    const first = await frames.next();
    const text = textOf({ frames, first, over: over.signal, signal }, options.heartbeatMs);
    const body = Readable.from(cutStalled(text, reply, options.stallMs), {
      objectMode: true,
      highWaterMark: 4,
    });
    body.once('close', () => {
      over.abort();
      close();
    });
    return (
      reply
        .code(200)
        .header('content-type', STREAM_TYPE)
        .header('cache-control', 'no-cache, no-transform')
        .header('x-accel-buffering', 'no')
        // A server that closes waits for connections that were in use then.
        .header('connection', 'close')
        .send(body)
    );
  } catch (error) {
    close();
    throw error;
  }
};

const credentialOf = (
  request: FastifyRequest,
  { authenticate, heartbeatMs }: StreamOptions,
): WatchedCredential => ({
  authenticate,
  token: credentialIn(request).token,
  from: request.ip,
  intervalMs: heartbeatMs,
});

interface Frames {
  readonly frames: AsyncIterator<string>;
  readonly first: IteratorResult<string>;
  /** Aborted by the end of the credential, with the reason. */
  readonly over: AbortSignal;
  readonly signal: AbortSignal;
}

const textOf = async function* (
  { frames, first, over, signal }: Frames,
  heartbeatMs: number,
): AsyncGenerator<string> {
  yield PREAMBLE;
  if (first.done !== true) yield first.value;
  let next = first.done === true ? Promise.resolve(first) : frames.next();
  try {
    for (;;) {
      const isIn = await settlesWithin(unlessAborted(next, signal), heartbeatMs);
      if (signal.aborted) break;
      if (!isIn) {
        yield HEARTBEAT;
        continue;
      }
      const { done, value } = await next;
      if (done === true) break;
      yield value;
      next = frames.next();
    }
    if (isAppError(over.reason)) yield endFrame(over.reason);
    else if (!signal.aborted) yield endFrame(undefined);
  } catch (error) {
    yield endFrame(error);
  } finally {
    // What is under way ends by the signal, and is not waited for.
    next.catch(() => undefined);
    void frames.return?.().catch(() => undefined);
  }
};

/** A frame that the client has not taken within the time ends the connection. */
const cutStalled = async function* (
  frames: AsyncIterable<string>,
  reply: FastifyReply,
  stallMs: number,
): AsyncGenerator<string> {
  for await (const frame of frames) {
    const timer = startTimer(stallMs, () => reply.raw.destroy());
    yield frame;
    timer.cancel();
  }
};

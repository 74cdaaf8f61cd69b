import type { HistoryLogsReply, TaskView } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { CallingPrincipal, OperationCalls } from '@precedent/ports';
import { logFrame, placeFrame } from './frames.ts';
import type { StreamSource } from './send-stream.ts';

export interface OutputPlace {
  readonly calls: OperationCalls;
  readonly caller: CallingPrincipal | undefined;
  readonly id: string;
  /** The id of the last frame that the client has; 0: it has none. */
  readonly after: number;
}

const CHUNKS = 256;
/** How long one request waits for output. Milliseconds. */
const WAIT_MS = 5_000;
const GRACE_MS = 5_000;

/** The output of a task until its verdict is known and all of it was sent. */
export const logSource = ({ calls, caller, id, after }: OutputPlace): StreamSource =>
  async function* (signal) {
    const read = (from: number, waitMs: number): Promise<unknown> => {
      const request = { id, after: from, limit: CHUNKS, waitMs };
      return calls.call({ group: 'history', verb: 'logs', request, caller, timeoutMs: waitMs + GRACE_MS });
    };
    let last = after;
    // Settled before it was read: what is read then is all.
    let isSettled = await settled(calls, { id, caller });
    yield placeFrame(last);
    while (!signal.aborted) {
      const { chunks, last: next } = (await read(last, isSettled ? 0 : WAIT_MS)) as HistoryLogsReply;
      for (const [index, chunk] of chunks.entries())
        yield logFrame(chunk, index === chunks.length - 1 ? next : undefined);
      if (chunks.length === 0 && isSettled) return;
      last = next;
      isSettled ||= await settled(calls, { id, caller });
    }
  };

const settled = async (
  calls: OperationCalls,
  { id, caller }: Pick<OutputPlace, 'id' | 'caller'>,
): Promise<boolean> => {
  const task = (await calls.call({ group: 'task', verb: 'get', request: { id }, caller })) as TaskView;
  return task.settledAt !== undefined;
};

/** The `after` of a stream of output. Throws INVALID_REQUEST. */
export const logPlace = (text: unknown): number => {
  const place = text === undefined ? 0 : Number(text);
  if (Number.isSafeInteger(place) && place >= 0) return place;
  throw new AppError('INVALID_REQUEST', 'after: expected the id of a frame of this stream', {
    issues: [{ field: 'after', message: 'expected the id of a frame of this stream' }],
  });
};

import type { SubmitReply } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import { AppError, problemOf, settlesWithin } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { mapInOrder, streamStalled, submitWithBackpressure } from '@precedent/ports';
import type { SubmitAll } from '@precedent/ports';
import { jsonIn } from './json-body.ts';

/** The outcome of one line. */
type LineResult = SubmitReply & { readonly line: number };

interface Line {
  readonly number: number;
  readonly bytes: Buffer;
}

const LINE_FEED = 0x0a;

interface Patience {
  /** How long the client may send nothing. Milliseconds. */
  readonly stallMs: number;
  /** Whether the client may be waiting for us: that time does not count. */
  readonly isBusy: () => boolean;
}

/**
 * The lines of a body, in batches of what has arrived. Throws PAYLOAD_TOO_LARGE for a line above the limit, and INVALID_REQUEST when the client
 * sends nothing for too long.
 */
async function* lineBatches(
  body: AsyncIterable<Buffer>,
  patience: Patience,
): AsyncGenerator<readonly Line[]> {
  let rest = Buffer.alloc(0);
  let number = 0;
  let batch: Line[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(body, patience)) {
    let text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = text.indexOf(LINE_FEED); end !== -1; end = text.indexOf(LINE_FEED)) {
      number += 1;
      batch.push({ number, bytes: text.subarray(0, end) });
      bytes += end;
      text = text.subarray(end + 1);
      if (batch.length >= BATCH_LINES || bytes >= BATCH_BYTES) {
        yield batch;
        [batch, bytes] = [[], 0];
      }
    }
    rest = Buffer.from(text);
    if (rest.length > LIMITS.requestBytes) throw lineTooLong(number + 1);
    if (batch.length > 0) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
  }
  if (rest.length > 0) yield [{ number: number + 1, bytes: rest }];
}

async function* chunksOf(body: AsyncIterable<Buffer>, { stallMs, isBusy }: Patience): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const next = chunks.next();
    while (!(await settlesWithin(next, stallMs))) if (!isBusy()) throw streamStalled(stallMs);
    const { done, value } = await next;
    if (done === true) return;
    yield value;
  }
}

const BATCH_LINES = 500;
const BATCH_BYTES = 256 * 1024;

const lineTooLong = (line: number): AppError =>
  new AppError('PAYLOAD_TOO_LARGE', `line ${line} is longer than ${LIMITS.requestBytes} bytes`);

/** Batches that are submitted at the same time: while one is committed the next is sent. */
const BATCHES = 8;

/** The outcomes of all lines, in order. */
export async function* lineResults(
  body: AsyncIterable<Buffer>,
  submit: SubmitAll,
  { stallMs, signal }: { readonly stallMs: number; readonly signal: AbortSignal },
): AsyncGenerator<readonly LineResult[]> {
  let open = 0;
  const batches = lineBatches(body, { stallMs, isBusy: () => open > 0 });
  yield* mapInOrder(batches, BATCHES, async (lines) => {
    open++;
    const results = await resultsOf(lines, submit, signal);
    open--;
    return results;
  });
}

/** Submits the tasks of a batch of lines. Rejects when `signal` aborts meanwhile. */
const resultsOf = async (
  lines: readonly Line[],
  submit: SubmitAll,
  signal: AbortSignal,
): Promise<LineResult[]> => {
  const read = lines.filter(({ bytes }) => !isBlank(bytes)).map(readLine);
  const tasks = read.flatMap((one) => ('task' in one ? [one.task] : []));
  const replies = (await submitWithBackpressure(tasks, submit, signal)).values();
  return read.map((one) => {
    const reply = 'task' in one ? (replies.next().value as SubmitReply) : { error: one.error };
    return { line: one.line, ...reply };
  });
};

type ReadLine =
  | { readonly line: number; readonly task: unknown }
  | { readonly line: number; readonly error: Problem };

const isBlank = (bytes: Buffer): boolean => bytes.toString('utf8').trim() === '';

const readLine = ({ number, bytes }: Line): ReadLine => {
  try {
    return { line: number, task: jsonIn(bytes) };
  } catch (error) {
    return { line: number, error: problemOf(error) };
  }
};

import { ID_PATTERN, ID_RULE } from '@precedent/contracts';
import type { LogChunk } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { HistoryClient } from './history.ts';
import type { LogOptions } from './logs.ts';

export interface ServedLogsContext {
  readonly history: Pick<HistoryClient, 'logs'>;
  /** Resolves when the task has its verdict, or is not known any more; rejects when `left` is aborted. */
  readonly settled: (id: string, left: AbortSignal) => Promise<void>;
}

/** How long one request waits for output. Milliseconds. */
const WAIT_MS = 5_000;

/** The log of a task as the history serves it, for a caller who may not read the stream itself. See `Client.logs`. */
export async function* servedLogs(
  context: ServedLogsContext,
  id: string,
  { follow = false, attempt, tail }: LogOptions,
): AsyncGenerator<LogChunk, void, undefined> {
  if (!ID_PATTERN.test(id)) throw new AppError('INVALID_REQUEST', `id: ${ID_RULE}, got "${id}"`);
  const isWanted = (chunk: LogChunk): boolean => attempt === undefined || chunk.attempt === attempt;
  const stored = await storedLog(context, id);
  const wanted = stored.chunks.filter(isWanted);
  yield* tail === undefined ? wanted : wanted.slice(Math.max(0, wanted.length - tail));
  if (!follow) return;
  for await (const chunk of followed(context, id, stored.last)) if (isWanted(chunk)) yield chunk;
}

/** Everything that is stored now. */
const storedLog = async ({ history }: ServedLogsContext, id: string) => {
  const chunks: LogChunk[] = [];
  for (let last = 0; ;) {
    const page = await history.logs(id, { after: last });
    chunks.push(...page.chunks);
    if (page.last === last) return { chunks, last };
    last = page.last;
  }
};

/** What arrives from there on, until the task has its verdict. */
async function* followed(
  { history, settled }: ServedLogsContext,
  id: string,
  after: number,
): AsyncGenerator<LogChunk, void, undefined> {
  const left = new AbortController();
  let isSettled = false;
  const settling = settled(id, left.signal).then(() => {
    isSettled = true;
  });
  // A reader that leaves the loop early never waits for the end; its failure must not count as unhandled.
  settling.catch(() => undefined);
  try {
    for (let last = after; ;) {
      const isLast = isSettled;
      const request = history.logs(id, { after: last, waitMs: isLast ? 0 : WAIT_MS });
      const page = await (isLast ? request : Promise.race([request, settling.then(() => undefined)]));
      if (page === undefined) continue;
      yield* page.chunks;
      if (isLast && page.last === last) return;
      ({ last } = page);
    }
  } finally {
    left.abort();
  }
}

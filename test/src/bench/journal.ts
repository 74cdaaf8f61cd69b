import { DEFAULT_CELL, streamsOf, subjectsOf } from '@precedent/contracts';
import { connectNats, natsLog } from '@precedent/nats';
import type { NatsLog } from '@precedent/nats';
import type { LogEntry } from '@precedent/ports';
import { readEnvelope } from '@precedent/tasks';

/** A log of the server at `url`, for as long as `body` runs. */
export const withLog = async <T>(
  place: { readonly url: string; readonly stream: string; readonly subject: string },
  body: (log: NatsLog) => Promise<T>,
): Promise<T> => {
  const nc = await connectNats({ url: place.url, name: 'bench-log' });
  try {
    return await body(await natsLog({ nc, stream: place.stream, subject: place.subject }));
  } finally {
    await nc.close();
  }
};

/** Where the engine of these benchmarks writes. */
export const journalAt = (url: string) => ({
  url,
  stream: streamsOf().journal(DEFAULT_CELL),
  subject: subjectsOf().journal(DEFAULT_CELL),
});

/** The whole journal of the engine, as it is stored. */
export const readJournal = (url: string): Promise<LogEntry[]> => withLog(journalAt(url), entriesOf);

export const entriesOf = async (log: NatsLog): Promise<LogEntry[]> => {
  const entries: LogEntry[] = [];
  for await (const entry of log.read(0)) entries.push(entry);
  return entries;
};

export interface Tally {
  readonly records: number;
  readonly submitted: number;
  /** Tasks with exactly one verdict, which is `completed`. */
  readonly completedOnce: number;
  /** Verdicts beyond the first of a task, and those that are not `completed`. */
  readonly odd: number;
  /** Epoch milliseconds at which the server stored the entry with the last verdict. */
  readonly lastSettledAt: number;
}

/** What a journal says of its tasks: counted, not believed. */
export const tally = (entries: readonly LogEntry[]): Tally => {
  const submitted = new Set<string>();
  const settled = new Set<string>();
  let [records, odd, lastSettledAt] = [0, 0, 0];
  for (const entry of entries) {
    for (const record of readEnvelope(entry).records) {
      records++;
      if (record.kind === 'submitted') submitted.add(record.id);
      if (record.kind !== 'settled') continue;
      if (record.state !== 'completed' || settled.has(record.id) || !submitted.has(record.id)) odd++;
      settled.add(record.id);
      lastSettledAt = entry.at;
    }
  }
  return { records, submitted: submitted.size, completedOnce: settled.size - odd, odd, lastSettledAt };
};

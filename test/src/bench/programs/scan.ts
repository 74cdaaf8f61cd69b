import { journalAt, withLog } from '../journal.ts';
import { program } from './program.ts';

export interface ScanParams {
  readonly url: string;
}

export interface ScanResult {
  readonly records: number;
}

/** Starts, reads the whole journal as JSON, and ends: the least that a restart can be. */
program(async ({ url }: ScanParams, { ready }): Promise<ScanResult> =>
  withLog(journalAt(url), async (log) => {
    let records = 0;
    for await (const { text } of log.read(0)) {
      records += (JSON.parse(text) as { records: readonly unknown[] }).records.length;
    }
    ready();
    return { records };
  }),
);

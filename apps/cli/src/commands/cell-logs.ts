import type { Config } from '@precedent/config';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import type { CheckedLogs } from '@precedent/engine';
import type { Io } from '../io.ts';
import { streamOptions } from '../stored-credential.ts';
import { connectNats, declareVoid, declaredVoidOf, natsLog } from '@precedent/nats';

/** Journal and snapshots of a cell, as they are: read with their holes. */
export interface CellLogs extends CheckedLogs {
  declareVoid(sequences: readonly number[]): Promise<void>;
  /** Removes the message of one journal entry. */
  erase(seq: number): Promise<void>;
}

/** Runs `use` with the logs of the configured cell. The connection is closed afterwards. */
export const withCellLogs = async <T>(
  { config, env }: { readonly config: Config; readonly env: Io['env'] },
  use: (logs: CellLogs) => Promise<T>,
): Promise<T> => {
  const nc = await connectNats(await streamOptions(config, env, 'journal'));
  const [subjects, streams] = [subjectsOf(config.root), streamsOf(config.root)];
  const open = (stream: string, subject: string) => natsLog({ nc, stream, subject, hasHoles: true });
  try {
    const stream = streams.journal(config.cell);
    // First, because opening a log makes a stream that is not there.
    const declaredVoid = await declaredVoidOf(nc, stream);
    const journal = await open(stream, subjects.journal(config.cell));
    return await use({
      journal,
      snapshots: await open(streams.snapshot(config.cell), subjects.snapshot(config.cell)),
      declaredVoid,
      declareVoid: (sequences) => declareVoid(nc, stream, sequences),
      erase: (seq) => journal.erase(seq),
    });
  } finally {
    await nc.close();
  }
};

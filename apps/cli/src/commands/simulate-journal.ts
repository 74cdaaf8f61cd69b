import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Config } from '@precedent/config';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import type { Io } from '../io.ts';
import { streamOptions } from '../stored-credential.ts';
import { inputLines } from '../input-text.ts';
import { AppError } from '@precedent/kernel';
import { connectNats, natsLog } from '@precedent/nats';
import type { LogEntry } from '@precedent/ports';

/** Runs `use` with the entries of the cell's own journal, as far as it is kept. The connection is closed afterwards. */
export const withJournal = async <T>(
  { config, env }: { readonly config: Config; readonly env: Io['env'] },
  use: (entries: AsyncIterable<LogEntry>) => Promise<T>,
): Promise<T> => {
  const nc = await connectNats(await streamOptions(config, env, 'simulate'));
  const { root, cell } = config;
  try {
    const names = { stream: streamsOf(root).journal(cell), subject: subjectsOf(root).journal(cell) };
    const log = await natsLog({ nc, ...names });
    try {
      return await use(log.read(0));
    } finally {
      log.close();
    }
  } finally {
    await nc.close();
  }
};

/** The entries of a dump: a JSON object with `seq`, `at` and `text` on each line. Throws INVALID_REQUEST with the line. */
export async function* dumpedEntries(file: string): AsyncGenerator<LogEntry, void, undefined> {
  for await (const { line, where } of inputLines(createReadStream(file), file)) yield entryOf(line, where);
}

const entryOf = (line: string, where: string): LogEntry => {
  const entry = jsonOf(line, where);
  if (typeof entry === 'object' && entry !== null && 'seq' in entry && 'at' in entry && 'text' in entry) {
    const { seq, at, text } = entry;
    if (typeof seq === 'number' && typeof at === 'number' && typeof text === 'string')
      return { seq, at, text, ...('isVoid' in entry && entry.isVoid === true && { isVoid: true as const }) };
  }
  throw new AppError('INVALID_REQUEST', `${where} is no journal entry: seq, at and text are expected`);
};

const jsonOf = (line: string, where: string): unknown => {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new AppError('INVALID_REQUEST', `${where} is not JSON`, { cause: error });
  }
};

/** The same entries, each also written to a file that `dumpedEntries` reads. */
export async function* dumping(
  entries: AsyncIterable<LogEntry>,
  file: string,
): AsyncGenerator<LogEntry, void, undefined> {
  const output = createWriteStream(file);
  await once(output, 'open');
  for await (const entry of entries) {
    if (!output.write(`${JSON.stringify(entry)}\n`)) await once(output, 'drain');
    yield entry;
  }
  output.end();
  await once(output, 'finish');
}

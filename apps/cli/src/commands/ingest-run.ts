import { LIMITS } from '@precedent/contracts';
import type { TaskSpec } from '@precedent/contracts';
import { BANDS, catalogue, defined } from '@precedent/kernel';
import { Option } from 'commander';
import type { Command } from 'commander';
import path from 'node:path';
import type { Cli, CommonFlags } from '../cli.ts';
import { wholeNumber, withClient } from '../cli.ts';
import { FORCED_EXIT } from '../exit-codes.ts';
import { IngestSum, ingest } from '../ingest/ingest.ts';
import type { IngestOptions, TaskOutcome } from '../ingest/ingest.ts';
import { jsonLine } from '../output.ts';
import { visibleLine } from '../terminal/visible.ts';
import { countText } from '@precedent/kernel';
import { problemText } from '../problem-text.ts';

export interface IngestFlags extends CommonFlags {
  readonly collection: string;
  readonly band: NonNullable<TaskSpec['band']>;
  readonly hidden?: boolean;
  readonly project?: string;
  readonly namespace?: string;
  readonly pool?: string;
  readonly batch: number;
  readonly tasks: number;
}

/** Files of one task, at most: as many as its payload takes. */
const BATCH_MAX = 1_000;

/** The flags of `ingest` and `watch`, without project and namespace. */
export const withIngestFlags = (command: Command): Command =>
  command
    .option('--collection <name>', 'where the documents go', 'documents')
    .addOption(new Option('--band <band>', 'how urgent it is').choices(BANDS).default('low'))
    .option('--hidden', 'also files and folders whose names begin with a dot')
    .option('--pool <pool>', 'the pool of workers that may run the tasks')
    .option('--batch <n>', 'files of one task', wholeNumber('--batch', [1, BATCH_MAX]), 50)
    .option(
      '--tasks <n>',
      'tasks that wait or run at once',
      wholeNumber('--tasks', [1, LIMITS.tasksPerSubmission]),
      4,
    );

/** Indexes a folder once, or with `watch` until Ctrl-C. */
export const runIngest = async (
  cli: Cli,
  folder: string,
  { watch, ...flags }: IngestFlags & { readonly watch?: NonNullable<IngestOptions['watch']> },
): Promise<void> => {
  const stopping = new AbortController();
  const { promise: forced, resolve: force } = Promise.withResolvers<'forced'>();
  const unlisten = cli.io.onStopSignals({
    stop: () => {
      cli.io.err('waiting for running tasks; repeat to exit without them\n');
      stopping.abort();
    },
    force: () => force('forced'),
  });
  const sum = new IngestSum();
  try {
    const ended = await withClient(cli, flags, (client) =>
      Promise.race([
        ingest({
          ...optionsOf(cli, folder, flags),
          ...(watch && { watch }),
          client,
          signal: stopping.signal,
          onTask: outcomePrinter(cli, flags, sum),
        }),
        forced,
      ]),
    );
    printSum(cli, flags, sum);
    cli.exit = ended === 'forced' ? FORCED_EXIT : exitOf(sum);
  } finally {
    unlisten();
  }
};

const optionsOf = (
  { io }: Cli,
  folder: string,
  flags: IngestFlags,
): Omit<IngestOptions, 'client' | 'signal' | 'onTask' | 'watch'> => {
  const { band, project, namespace, pool, collection, batch, tasks } = flags;
  return {
    folder: path.resolve(io.cwd, folder),
    hidden: flags.hidden === true,
    collection,
    spec: {
      band,
      origin: 'background',
      // A batch takes a moment; without this mode a low task could be ended in the middle of a batch.
      preemption: { mode: 'at_checkpoint' },
      ...defined({ project, namespace, pool }),
    },
    batch,
    maxTasks: tasks,
    onNote: (text) => io.err(`${visibleLine(text)}\n`),
  };
};

const outcomePrinter =
  ({ io }: Cli, { json }: IngestFlags, sum: IngestSum) =>
  (outcome: TaskOutcome): void => {
    sum.add(outcome);
    const { id, files, result, error, waiting } = outcome;
    if (json) io.out(jsonLine({ kind: 'task', ...outcome }));
    else if (error !== undefined) io.err(`task ${id ?? '(refused)'}: ${problemText(error, id)}`);
    else if (result !== undefined && files > 0)
      io.err(
        `task ${id}: ${countText(files, 'file')}, ${result.indexed} indexed in ${countText(result.chunks, 'chunk')}, ${result.unchanged} unchanged; ${waiting} wait\n`,
      );
  };

const printSum = ({ io }: Cli, { json }: IngestFlags, { totals }: IngestSum): void => {
  if (json) return io.out(jsonLine({ kind: 'total', ...totals }));
  io.out(
    `${Object.entries(totals)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}\n`,
  );
};

const exitOf = ({ failure }: IngestSum): number => (failure === undefined ? 0 : catalogue[failure.code].exit);

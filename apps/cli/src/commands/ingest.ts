import { LIMITS } from '@precedent/contracts';
import type { TaskSpec } from '@precedent/contracts';
import { AppError, BANDS, catalogue, parseDuration } from '@precedent/kernel';
import { Option } from 'commander';
import type { Command } from 'commander';
import path from 'node:path';
import type { Cli, CommonFlags } from '../cli.ts';
import { wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { FORCED_EXIT } from '../exit-codes.ts';
import { IngestSum, ingest } from '../ingest/ingest.ts';
import type { IngestTerms, TaskOutcome } from '../ingest/ingest.ts';
import { jsonLine, oneLine } from '../output.ts';
import { problemText } from '../problem-text.ts';

interface IngestFlags extends CommonFlags {
  readonly collection: string;
  readonly band: NonNullable<TaskSpec['band']>;
  readonly watch?: boolean;
  readonly hidden?: boolean;
  readonly project?: string;
  readonly namespace?: string;
  readonly pool?: string;
  readonly batch: number;
  readonly tasks: number;
  readonly debounce: number;
  readonly rescan: number;
}

/** Files of one task, at most: as many as its payload takes. */
const BATCH_MAX = 1_000;
const DEBOUNCE_MS = 300;
const RESCAN_MS = 30_000;

export const addIngest = (program: Command, cli: Cli): void => {
  const command = program
    .command('ingest')
    .description('bring the documents of a folder into a collection; with --watch, keep them up to date')
    .usage('[flags] <folder>')
    .argument('<folder>', 'a folder that the worker sees too; without what its .gitignore names')
    .option('--collection <name>', 'where the documents go', 'documents')
    .addOption(new Option('--band <band>', 'how urgent it is').choices(BANDS).default('low'))
    .option('--watch', 'go on until Ctrl-C: what changes is brought in again')
    .option('--hidden', 'also files and folders whose names begin with a dot')
    .option('--project <project>', 'the project of the tasks')
    .option('--namespace <namespace>', 'the namespace of the tasks, and of the documents')
    .option('--pool <pool>', 'the pool of workers that may run them')
    .option('--batch <n>', 'files of one task', wholeNumber('--batch', [1, BATCH_MAX]), 50)
    .option(
      '--tasks <n>',
      'tasks that wait or run at once',
      wholeNumber('--tasks', [1, LIMITS.tasksPerSubmission]),
      4,
    )
    .option('--debounce <duration>', 'quiet time after a change', milliseconds('--debounce'), DEBOUNCE_MS)
    .option(
      '--rescan <duration>',
      'between two looks at the whole folder',
      milliseconds('--rescan'),
      RESCAN_MS,
    );
  withCommonFlags(command).action((folder: string, flags: IngestFlags) => run(cli, folder, flags));
};

const milliseconds =
  (name: string) =>
  (text: string): number => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms > 0 && ms <= LIMITS.durationMs) return ms;
    throw new AppError('INVALID_REQUEST', `${name} is ${text}; a duration such as 300ms or 30s is expected`);
  };

const run = async (cli: Cli, folder: string, flags: IngestFlags): Promise<void> => {
  const stopping = new AbortController();
  const { promise: forced, resolve: force } = Promise.withResolvers<'forced'>();
  const unlisten = cli.io.onStopSignals({
    stop: () => {
      cli.io.err('waiting for the tasks that run; once more to leave them\n');
      stopping.abort();
    },
    force: () => force('forced'),
  });
  const sum = new IngestSum();
  try {
    const ended = await withClient(cli, flags, (client) =>
      Promise.race([
        ingest({
          ...termsOf(cli, folder, flags),
          client,
          signal: stopping.signal,
          onTask: teller(cli, flags, sum),
        }),
        forced,
      ]),
    );
    tellSum(cli, flags, sum);
    cli.exit = ended === 'forced' ? FORCED_EXIT : exitOf(sum);
  } finally {
    unlisten();
  }
};

const termsOf = (
  { io }: Cli,
  folder: string,
  flags: IngestFlags,
): Omit<IngestTerms, 'client' | 'signal' | 'onTask'> => {
  const { band, project, namespace, pool, collection, batch, tasks, debounce, rescan } = flags;
  return {
    folder: path.resolve(io.cwd, folder),
    hidden: flags.hidden === true,
    collection,
    spec: {
      band,
      origin: 'background',
      // A batch takes a moment; without this a low task would be ended in the middle of one.
      preemption: { mode: 'at_checkpoint' },
      ...(project !== undefined && { project }),
      ...(namespace !== undefined && { namespace }),
      ...(pool !== undefined && { pool }),
    },
    batch,
    maxTasks: tasks,
    watch: flags.watch === true,
    debounceMs: debounce,
    rescanMs: rescan,
    onNote: (text) => io.err(`${oneLine(text)}\n`),
  };
};

const teller =
  ({ io }: Cli, { json }: IngestFlags, sum: IngestSum) =>
  (outcome: TaskOutcome): void => {
    sum.add(outcome);
    const { id, files, result, error, waiting } = outcome;
    if (json) io.out(jsonLine({ kind: 'task', ...outcome }));
    else if (error !== undefined) io.err(`task ${id ?? '(refused)'}: ${problemText(error)}`);
    else if (result !== undefined && files > 0)
      io.err(
        `task ${id}: ${files} files, ${result.indexed} indexed in ${result.chunks} chunks, ${result.unchanged} unchanged; ${waiting} wait\n`,
      );
  };

const tellSum = ({ io }: Cli, { json }: IngestFlags, { totals }: IngestSum): void => {
  if (json) return io.out(jsonLine({ kind: 'total', ...totals }));
  io.out(
    `${Object.entries(totals)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}\n`,
  );
};

const exitOf = ({ failure }: IngestSum): number => (failure === undefined ? 0 : catalogue[failure.code].exit);

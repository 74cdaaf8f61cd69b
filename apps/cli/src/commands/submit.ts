import type { SubmitOutcome } from '@precedent/client';
import type { TaskSpec } from '@precedent/contracts';
import { catalogue, countText } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withClient, withCommonFlags, withSigningFlag } from '../cli.ts';
import { warningText, warningsFor } from '../predictions.ts';
import { jsonLine, jsonText } from '../output.ts';
import { problemText } from '../problem-text.ts';
import { progressOf } from '../progress.ts';
import { openTaskFile } from '../task-file.ts';
import type { TaskFlags } from '../task-flags.ts';
import { specOf, withTaskFlags, workOf } from '../task-flags.ts';
import { UsageError } from '../usage-error.ts';

interface SubmitFlags extends TaskFlags, CommonFlags {
  readonly file?: string;
}

export const addSubmit = (program: Command, cli: Cli): void => {
  const command = program
    .command('submit')
    .description('submit a task, or many from a file, and print the id')
    .usage(
      '[flags] <type>\n       precedent submit [flags] -- <command...>\n       precedent submit [flags] --file <file>',
    )
    .argument('[type]', 'the type of the task')
    .option(
      '--file <file>',
      'many tasks: a JSON array, or one task on each line (.ndjson, .jsonl, - for stdin)',
    );
  withCommonFlags(withSigningFlag(withTaskFlags(command))).action(
    (type: string | undefined, flags: SubmitFlags) =>
      flags.file === undefined
        ? submitOne(cli, type, flags)
        : submitFile(cli, type, { ...flags, file: flags.file }),
  );
};

const submitOne = async (cli: Cli, type: string | undefined, flags: SubmitFlags): Promise<void> => {
  const spec = { ...(await specOf(flags, cli.io)), ...workOf(type, cli.words) };
  const namespace = spec.namespace ?? configOf(cli, flags).namespace;
  const [accepted, warnings] = await withClient(cli, flags, (client) =>
    Promise.all([client.submit(spec), warningsFor(client, spec, namespace)]),
  );
  if (flags.json) return cli.io.out(jsonText({ ...accepted, ...(warnings.length > 0 && { warnings }) }));
  cli.io.out(`${accepted.id}\n`);
  cli.io.err(warningText(warnings));
};

const submitFile = async (
  cli: Cli,
  type: string | undefined,
  flags: SubmitFlags & { readonly file: string },
): Promise<void> => {
  if (cli.words !== undefined) throw new UsageError('a command and --file exclude each other');
  const defaults = { ...(await specOf(flags, cli.io)), ...(type !== undefined && { type }) };
  const { tasks, total } = openTaskFile(flags.file, cli.io);
  const progress = progressOf(cli.io, { total, shown: !flags.json });
  const outcomes = await withClient(cli, flags, (client) =>
    client.submitMany(withDefaults(tasks, defaults, progress.step)),
  ).finally(progress.end);
  cli.exit = reportMany(cli, outcomes, flags.json === true);
};

/** The flags are for those tasks that say nothing themselves. */
async function* withDefaults(
  tasks: AsyncIterable<TaskSpec>,
  defaults: TaskSpec,
  step: () => void,
): AsyncGenerator<TaskSpec, void, undefined> {
  for await (const task of tasks) {
    yield { ...defaults, ...task };
    step();
  }
}

/** Refusals beyond this number are counted, not printed. */
const PRINTED_MAX = 10;

const reportMany = ({ io }: Cli, outcomes: readonly SubmitOutcome[], json: boolean): number => {
  for (const outcome of outcomes) {
    if (json) io.out(jsonLine(outcome));
    else if (!('error' in outcome)) io.out(`${outcome.id}\n`);
  }
  const refused = outcomes.flatMap((outcome, index) => ('error' in outcome ? [{ ...outcome, index }] : []));
  const [first] = refused;
  if (!json) {
    for (const { index, error } of refused.slice(0, PRINTED_MAX))
      io.err(`task ${index + 1}: ${problemText(error)}`);
    io.err(`${outcomes.length - refused.length} of ${countText(outcomes.length, 'task')} submitted\n`);
  }
  return first === undefined ? 0 : catalogue[first.error.code].exit;
};

import { constants } from 'node:os';
import type { Client } from '@precedent/client';
import type { LogChunk, TaskView, TaskWarning } from '@precedent/contract-types';
import { isVerdict } from '@precedent/contract-types';
import { catalogue, ownValue, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withClient, withCommonFlags, withSigningFlag } from '../cli.ts';
import { FORCED_EXIT } from '../exit-codes.ts';
import { warningText, warningsFor } from '../predictions.ts';
import { jsonLine, jsonText } from '../output.ts';
import { visibleLine } from '../terminal/visible.ts';
import { problemText } from '../problem-text.ts';
import type { TaskFlags } from '../task-flags.ts';
import { specOf, withTaskFlags, workOf } from '../task-flags.ts';

type RunFlags = TaskFlags & CommonFlags;

export const addRun = (program: Command, cli: Cli): void => {
  const command = program
    .command('run')
    .description('submit a task, show its output, and end as it ends; Ctrl-C cancels it')
    .usage('[flags] <type>\n       precedent run [flags] -- <command...>')
    .argument('[type]', 'the type of the task');
  withCommonFlags(withSigningFlag(withTaskFlags(command))).action(
    async (type: string | undefined, flags: RunFlags) => {
      const spec = { ...(await specOf(flags, cli.io)), ...workOf(type, cli.words) };
      await withClient(cli, flags, async (client) => {
        const namespace = spec.namespace ?? configOf(cli, flags).namespace;
        const warnings = warningsFor(client, spec, namespace);
        const { id } = await client.submit(spec);
        cli.exit = await follow({ cli, client, id, json: flags.json === true, warnings });
      });
    },
  );
};

interface Run {
  readonly cli: Cli;
  readonly client: Client;
  readonly id: string;
  readonly json: boolean;
  /** They come when they come: the task does not wait for them. */
  readonly warnings: Promise<readonly TaskWarning[]>;
}

/** Shows the task until its verdict; the exit code is the task's. */
const follow = async (run: Run): Promise<number> => {
  const { cli, client, id, json } = run;
  const { promise: forced, resolve: force } = Promise.withResolvers<number>();
  const unlisten = cli.io.onStopSignals({
    stop: (signal) => cancel(run, signal),
    force: () => force(FORCED_EXIT),
  });
  const hint = setTimeout(() => void explainWait(run), HINT_MS);
  if (!json) cli.io.err(`task ${id}\n`);
  if (!json) void run.warnings.then((warnings) => cli.io.err(warningText(warnings)));
  try {
    const ended = (async () => {
      await showLog(run);
      return showOutcome(run, await client.wait(id), await run.warnings);
    })();
    return await Promise.race([ended, forced]);
  } finally {
    clearTimeout(hint);
    unlisten();
  }
};

/** Why the task is cancelled, for the record. */
const STOP_REASONS: Partial<Record<NodeJS.Signals, string>> = {
  SIGINT: 'Ctrl-C',
  SIGHUP: 'the terminal was closed',
  SIGPIPE: 'the reader of the output went away',
};

const cancel = ({ cli, client, id }: Run, signal: NodeJS.Signals): void => {
  cli.io.err(`cancelling task ${id}; repeat to detach without waiting\n`);
  client
    .cancel(id, STOP_REASONS[signal] ?? signal)
    .catch((error: unknown) => cli.io.err(problemText(problemOf(error), id)));
};

/** Who waits longer than this for a task to start wants to know why. Milliseconds. */
const HINT_MS = 2_000;

const explainWait = async ({ cli, client, id, json }: Run): Promise<void> => {
  const task = await client.get(id).catch(() => undefined);
  if (!json && task?.waiting) cli.io.err(`${task.state}: ${visibleLine(task.waiting.detail)}\n`);
};

const showLog = async ({ cli, client, id, json }: Run): Promise<void> => {
  let attempt = 1;
  for await (const chunk of client.logs(id, { follow: true })) {
    if (json) cli.io.out(jsonLine({ kind: 'log', ...chunk }));
    else {
      if (chunk.attempt !== attempt) cli.io.err(`-- attempt ${chunk.attempt}\n`);
      showChunk(cli, chunk);
    }
    attempt = chunk.attempt;
  }
};

/** Output goes where the command sent it. */
export const showChunk = ({ io }: Pick<Cli, 'io'>, { stream, text, truncated }: LogChunk): void => {
  if (stream === 'stdout') io.stdout.output(text);
  else io.stderr.output(stream === 'log' && !text.endsWith('\n') ? `${text}\n` : text);
  if (truncated) io.err('-- the rest of the output was not kept\n');
};

const showOutcome = ({ cli, json }: Run, task: TaskView, warnings: readonly TaskWarning[]): number => {
  if (json) cli.io.out(jsonLine({ kind: 'task', ...task, ...(warnings.length > 0 && { warnings }) }));
  else if (task.state !== 'completed') cli.io.err(problemText(problemFor(task), task.id));
  else if (task.type !== 'command' && task.result !== undefined) cli.io.out(jsonText(task.result));
  return exitCodeFor(task);
};

const problemFor = ({ id, state, error }: TaskView): Problem =>
  error ?? { code: state === 'cancelled' ? 'CANCELLED' : 'INTERNAL', message: `task ${id} is ${state}` };

/** 0 when it completed; for a command that failed what a shell would say of it; else the exit code of the error. */
export const exitCodeFor = (task: TaskView): number => {
  if (task.state === 'completed' || !isVerdict(task.state)) return 0;
  const own = task.state === 'failed' ? shellCodeOf(task.error?.details ?? {}) : undefined;
  return own ?? catalogue[problemFor(task).code].exit;
};

/** The command's own exit code, or 128 + the number of the signal that killed it. */
const shellCodeOf = ({ exitCode, signal }: Readonly<Record<string, unknown>>): number | undefined => {
  if (typeof exitCode === 'number') return exitCode > 0 && exitCode < 256 ? exitCode : undefined;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  const number = typeof signal === 'string' ? ownValue(numbers, signal) : undefined;
  return number === undefined ? undefined : SIGNAL_EXIT + number;
};

const SIGNAL_EXIT = 128;

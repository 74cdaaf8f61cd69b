import { BULK_ACTIONS, TASK_STATES } from '@precedent/contract-types';
import type {
  BulkAction,
  BulkFilter,
  BulkPreview,
  BulkPreviewRequest,
  BulkResult,
} from '@precedent/contract-types';
import type { Client } from '@precedent/client';
import { BANDS, defined } from '@precedent/kernel';
import type { Command } from 'commander';
import { bulkText, sampleText } from '../bulk-text.ts';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, gathered, withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { bulkRunOf, withBulkRunFlags } from '../redrive-flags.ts';
import type { BulkRunFlags } from '../redrive-flags.ts';
import { pageOf } from '../io.ts';
import type { Io } from '../io.ts';
import { timeArgument } from '../time-argument.ts';
import { UsageError } from '../usage-error.ts';
import { known } from './choices.ts';
import { labelsOf } from './history-flags.ts';
import { exitCodeFor } from './run.ts';

export interface BulkFlags extends CommonFlags, BulkRunFlags {
  readonly state?: readonly string[];
  readonly band?: readonly string[];
  readonly type?: readonly string[];
  readonly namespace?: string;
  readonly project?: string;
  readonly label?: readonly string[];
  readonly id?: readonly string[];
  readonly error?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Too many failed. */
const STOPPED_EXIT = 1;

const ACTIONS = Object.keys(BULK_ACTIONS) as BulkAction[];

export const addBulk = (program: Command, cli: Cli): void => {
  const command = program
    .command('bulk')
    .description('cancel, delete or run again all tasks that a filter finds, after showing them')
    .argument('<action>', ACTIONS.join(', '))
    .option('--state <states>', `with commas: ${TASK_STATES.join(', ')}`, gathered)
    .option('--band <bands>', `with commas: ${BANDS.join(', ')}`, gathered)
    .option('--type <types>', 'of these types, with commas', gathered)
    .option('--namespace <namespace>', 'of this namespace')
    .option('--project <project>', 'of this project')
    .option('--label <name=value>', 'with this label; may be repeated', gathered)
    .option('--id <ids>', 'with these ids, with commas', gathered)
    .option('--error <codes>', 'that ended with one of these errors, with commas', gathered)
    .option('--since <time>', 'submitted since: a time such as 2026-11-20T12:00Z, or "2h" ago')
    .option('--until <time>', 'submitted before')
    .option('--dry-run', 'show how many and which, and do nothing')
    .option('--yes', 'do it without asking');
  withCommonFlags(withBulkRunFlags(command)).action(async (given: string, flags: BulkFlags) => {
    const [action] = known('<action>', [given], ACTIONS);
    if (action === undefined) return;
    const filter = filterOf(flags, cli.io.now());
    const namespace = flags.namespace ?? configOf(cli, flags).namespace;
    const run = bulkRunOf(flags);
    await withClient(cli, flags, (client) =>
      runBulk(cli, client, { action, filter, namespace, ...(run && { run }) }, flags),
    );
  });
};

/** Shows what it is about, asks, and follows it. */
export const runBulk = async (
  cli: Cli,
  client: Client,
  request: BulkPreviewRequest,
  flags: Pick<BulkFlags, 'json' | 'dryRun' | 'yes'>,
): Promise<void> => {
  const preview = await client.previewBulk(request);
  if (flags.json !== true) cli.io.err(sampleText(preview, pageOf(cli.io)));
  const isWanted = preview.token !== undefined && (await isConfirmed(cli, preview, flags));
  if (isWanted) await follow(cli, client, preview.token, flags.json === true);
  else if (flags.json) cli.io.out(jsonText(preview));
};

const filterOf = (
  { state, band, type, project, label, id, error, since, until }: BulkFlags,
  now: number,
): BulkFilter => ({
  ...(state && { state: known('--state', state, TASK_STATES) }),
  ...(band && { band: known('--band', band, BANDS) }),
  ...defined({ type, project, ids: id, errorCode: error }),
  ...(label && { labels: labelsOf(label) }),
  ...(since !== undefined && { since: timeArgument('--since', since, now) }),
  ...(until !== undefined && { until: timeArgument('--until', until, now) }),
});

/** Asks at a terminal; elsewhere a flag has to say it. */
const isConfirmed = async (
  cli: Cli,
  { action, count }: BulkPreview,
  { dryRun, yes, json }: Pick<BulkFlags, 'json' | 'dryRun' | 'yes'>,
): Promise<boolean> => {
  if (dryRun) return false;
  if (yes) return true;
  if (json || !cli.io.stderr.isTty)
    throw new UsageError(`this is no terminal to ask at: --yes is expected, or --dry-run`);
  cli.io.stderr.output(`${action} ${count === 1 ? 'it' : `all ${count}`}? [y/N] `);
  return /^y(es)?$/i.test(await firstLine(cli.io.stdin));
};

/** Empty at the end of the input. */
const firstLine = async (stdin: Io['stdin']): Promise<string> => {
  let text = '';
  for await (const chunk of stdin) {
    text += chunk.toString();
    if (text.includes('\n')) break;
  }
  return (text.split('\n')[0] ?? '').trim();
};

/** Shows the progress of the task on stderr. Ctrl-C leaves it alone: it goes on without this. */
const follow = async (cli: Cli, client: Client, token: string, json: boolean): Promise<void> => {
  const { id } = await client.startBulk(token);
  const events = client.watch({ id, event: 'progress' });
  if (!json) cli.io.err(`task ${id}\n`);
  const shown = (async () => {
    for await (const event of events)
      if (!json && 'message' in event && event.message !== undefined) cli.io.err(`${event.message}\n`);
  })();
  const task = await client.wait(id);
  events.close();
  await shown;
  cli.io.out(json ? jsonText(task) : bulkText(task));
  const { stopped } = Object(task.result) as Partial<BulkResult>;
  cli.exit = stopped === undefined ? exitCodeFor(task) : STOPPED_EXIT;
};

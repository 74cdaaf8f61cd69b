import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@precedent/client';
import { WORKFLOW_TYPE } from '@precedent/contract-types';
import type { RunPayload, RunView } from '@precedent/contract-types';
import type { TaskSpec } from '@precedent/contracts';
import { defined } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { gathered, withClient, withNamespaceFlag } from '../cli.ts';
import { exactJson } from '../exact-json.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { approvalsText, workflowRunText } from '../run-text.ts';
import { taskIdOf } from '../task-id.ts';
import { taskTable } from '../task-view-text.ts';
import { UsageError } from '../usage-error.ts';
import { checkedWorkflows } from '../workflow/workflow-file.ts';

interface PlaceFlags extends CommonFlags {
  readonly namespace?: string;
}

interface StartFlags extends PlaceFlags {
  readonly id?: string;
  readonly input?: string;
  readonly band?: string;
  readonly project?: string;
  readonly wait?: boolean;
}

/** The commands that start runs of workflows, show them, and change them. */
export const addRunCommands = (group: Command, cli: Cli): void => {
  addStart(group, cli);
  addRerun(group, cli);
  addShowing(group, cli);
  addChanging(group, cli);
  addDeciding(group, cli);
};

const withTaskFlags = (command: Command): Command =>
  command
    .option('--input <json>', 'members of its input, as a JSON object')
    .option('--id <id>', 'its id; the same id starts it once')
    .option('--band <band>', 'how urgent its steps are, where they say nothing themselves')
    .option('--project <project>', 'of this project')
    .option('--wait', 'wait for its verdict');

const addStart = (group: Command, cli: Cli): void => {
  const start = group
    .command('start')
    .argument('<name|file>', 'of a registered workflow, or a file that holds one')
    .description('start a run, and print its id');
  withNamespaceFlag(withTaskFlags(start)).action(async (of: string, flags: StartFlags) =>
    submitRun(cli, flags, { ...(await definitionOf(cli, of)), ...inputOf(flags) }),
  );
};

const addRerun = (group: Command, cli: Cli): void => {
  const rerun = group
    .command('rerun')
    .argument('<run>', 'one that has ended')
    .description('run again what did not complete; what completed is taken over')
    .option('--from <steps>', 'run these steps again too, with what needs them', gathered);
  withNamespaceFlag(withTaskFlags(rerun)).action(
    async (run: string, flags: StartFlags & { readonly from?: readonly string[] }) => {
      const again = { run, ...(flags.from && { from: flags.from }) };
      await submitRun(cli, flags, { rerun: again, ...inputOf(flags) });
    },
  );
};

const submitRun = async (cli: Cli, flags: StartFlags, payload: RunPayload): Promise<void> => {
  const { id, band, project, namespace } = flags;
  const task = { type: WORKFLOW_TYPE, payload, ...defined({ id, band, project, namespace }) } as TaskSpec;
  await withClient(cli, flags, async (client) => {
    const accepted = await client.submit(task);
    if (!flags.wait) return cli.io.out(flags.json ? jsonText(accepted) : `${accepted.id}\n`);
    const ended = await client.wait(accepted.id);
    if (ended.state !== 'completed') cli.exit = 1;
    if (flags.json) return cli.io.out(jsonText(ended));
    cli.io.out(workflowRunText(await client.runs.show(accepted.id), pageOf(cli.io)));
  });
};

const definitionOf = async (cli: Cli, of: string): Promise<RunPayload> => {
  const isFile = of === '-' || of.includes('.') || existsSync(path.resolve(cli.io.cwd, of));
  if (!isFile) return { workflow: of };
  const [first, ...more] = await checkedWorkflows(cli.io, of);
  if (first === undefined || more.length > 0)
    throw new UsageError(`${of} holds ${more.length + (first ? 1 : 0)} workflows; a run is of one`);
  return { definition: first.spec };
};

const inputOf = ({ input }: StartFlags): Pick<RunPayload, 'input'> => {
  if (input === undefined) return {};
  const value = exactJson(input, '--input');
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { input: value as Record<string, unknown> };
  throw new UsageError(`--input is ${input}; a JSON object is expected`);
};

const SHOWN = 50;

const addShowing = (group: Command, cli: Cli): void => {
  const show = group.command('run').argument('<run>', 'its id').description('show a run with its steps');
  withNamespaceFlag(show).action((id: string, flags: PlaceFlags) =>
    printed(cli, flags, id, (client, run) => client.runs.show(run)),
  );
  const runs = group.command('runs').description('list runs: open ones, then recent ones');
  withNamespaceFlag(runs).action(async (flags: PlaceFlags) => {
    const { namespace } = flags;
    const filter = { type: WORKFLOW_TYPE, limit: SHOWN, ...defined({ namespace }) };
    const reply = await withClient(cli, flags, (client) => client.list(filter));
    cli.io.out(flags.json ? jsonText(reply) : taskTable(reply, pageOf(cli.io)));
  });
};

const addChanging = (group: Command, cli: Cli): void => {
  const one = (verb: string, description: string): Command =>
    group.command(verb).argument('<run>', 'its id').description(description);
  withNamespaceFlag(one('pause', 'let what runs go on, and start nothing new')).action(
    (id: string, flags: PlaceFlags) => printed(cli, flags, id, (client, run) => client.runs.pause(run)),
  );
  withNamespaceFlag(one('resume', 'go on with a run that is paused')).action(
    (id: string, flags: PlaceFlags) => printed(cli, flags, id, (client, run) => client.runs.resume(run)),
  );
  const signal = one('signal', 'send a signal: the next step that waits for it completes')
    .argument('<name>', 'of the signal')
    .option('--payload <json>', 'the result of the step that takes it')
    .option('--key <key>', 'the same key counts once for a run');
  withNamespaceFlag(signal).action(
    (id: string, name: string, flags: PlaceFlags & { readonly payload?: string; readonly key?: string }) =>
      printed(cli, flags, id, (client, run) => {
        const payload = flags.payload === undefined ? {} : { payload: exactJson(flags.payload, '--payload') };
        return client.runs.signal({ id: run, name, ...payload, ...defined({ key: flags.key }) });
      }),
  );
};

const addDeciding = (group: Command, cli: Cli): void => {
  for (const [verb, approve] of [
    ['approve', true],
    ['reject', false],
  ] as const) {
    const decide = group
      .command(verb)
      .argument('<run>', 'its id')
      .argument('<step>', 'the approval')
      .description(`${verb} a step of a run`)
      .option('--comment <text>', 'why, for the record');
    withNamespaceFlag(decide).action(
      (id: string, step: string, flags: PlaceFlags & { readonly comment?: string }) =>
        printed(cli, flags, id, (client, run) =>
          client.runs.decide({ id: run, step, approve, ...defined({ comment: flags.comment }) }),
        ),
    );
  }
};

export const addApprovals = (program: Command, cli: Cli): void => {
  const approvals = program
    .command('approvals')
    .description('list what waits for an approval, the oldest first');
  withNamespaceFlag(approvals).action(async (flags: PlaceFlags) => {
    const { namespace } = flags;
    const reply = await withClient(cli, flags, ({ runs }) => runs.approvals(defined({ namespace })));
    cli.io.out(flags.json ? jsonText(reply) : approvalsText(reply.approvals, pageOf(cli.io)));
  });
};

const printed = async (
  cli: Cli,
  flags: PlaceFlags,
  given: string,
  act: (client: Client, id: string) => Promise<RunView>,
): Promise<void> => {
  const run = await withClient(cli, flags, async (client) => act(client, await taskIdOf(client, given)));
  cli.io.out(flags.json ? jsonText(run) : workflowRunText(run, pageOf(cli.io)));
};

import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText, shortAgeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Column } from '../terminal/table.ts';
import { taskIdOf } from '../task-id.ts';

interface DecisionFlags extends CommonFlags {
  readonly task?: string;
  readonly limit?: number;
}

const DECISION_COLUMNS: readonly (Column | string)[] = [
  { heading: 'decision', drop: 1 },
  'age',
  'outcome',
  { heading: 'why', min: 30 },
];

export const addDecisions = (program: Command, cli: Cli): void => {
  const command = program
    .command('decisions')
    .description('list preemption decisions: which task preempted which, or had to wait, and why')
    .option('--task <id>', 'only decisions about this task')
    .option('--limit <n>', 'at most so many (50)', wholeNumber('--limit', [1, 1_000]));
  withCommonFlags(command).action(async ({ task, limit, ...flags }: DecisionFlags) => {
    const decisions = await withClient(cli, flags, async (client) =>
      client.decisions({
        ...(task !== undefined && { task: await taskIdOf(client, task) }),
        ...(limit !== undefined && { limit }),
      }),
    );
    if (flags.json) return cli.io.out(jsonText(decisions));
    if (decisions.length === 0) return cli.io.out('no preemption decisions\n');
    const page = pageOf(cli.io);
    const rows = decisions.map(({ id, at, outcome, explanation }) => [
      id,
      shortAgeText(at, page.now),
      outcome,
      explanation,
    ]);
    cli.io.out(tableText(DECISION_COLUMNS, rows, page));
  });
};

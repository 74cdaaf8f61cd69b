import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { ageText, jsonText, tableText } from '../output.ts';

interface DecisionFlags extends CommonFlags {
  readonly task?: string;
  readonly limit?: number;
}

export const addDecisions = (program: Command, cli: Cli): void => {
  const command = program
    .command('decisions')
    .description('list who took whose place, and who had to wait, and why')
    .option('--task <id>', 'only those about this task')
    .option('--limit <n>', 'at most so many (50)', wholeNumber('--limit', [1, 1_000]));
  withCommonFlags(command).action(async ({ task, limit, ...flags }: DecisionFlags) => {
    const filter = { ...(task !== undefined && { task }), ...(limit !== undefined && { limit }) };
    const decisions = await withClient(cli, flags, (client) => client.decisions(filter));
    if (flags.json) return cli.io.out(jsonText(decisions));
    if (decisions.length === 0)
      return cli.io.out('no decisions: no task had to make room, or to wait for it\n');
    const now = cli.io.now();
    const rows = decisions.map(({ id, at, outcome, explanation }) => [
      id,
      ageText(at, now),
      outcome,
      explanation,
    ]);
    cli.io.out(tableText(['DECISION', 'AGE', 'OUTCOME', 'WHY'], rows));
  });
};

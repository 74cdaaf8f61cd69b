import { AppError } from '@precedent/kernel';
import { explain, replay } from '@precedent/scheduling';
import type { DecisionRecord } from '@precedent/scheduling';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';

/** It was made again, and came out otherwise. */
const DIFFERS_EXIT = 1;

export const addReplay = (program: Command, cli: Cli): void => {
  const command = program
    .command('replay')
    .description('make a decision again from its record, by the rule of this version, and compare')
    .argument('<decision>', 'the id of the decision');
  withCommonFlags(command).action(async (id: string, flags: CommonFlags) => {
    const decisions = await withClient(cli, flags, (client) => client.decisions({ limit: 1_000 }));
    const found = decisions.find((decision) => decision.id === id);
    if (found === undefined)
      throw new AppError(
        'TASK_NOT_FOUND',
        `no recent decision has the id ${id}: \`precedent decisions\` lists them`,
      );
    const record = found.record as DecisionRecord;
    const result = replay(record);
    cli.exit = result.same ? 0 : DIFFERS_EXIT;
    if (flags.json) return cli.io.out(jsonText({ id, ...result }));
    const verdict = result.same ? 'the same decision again' : `another decision: ${result.difference}`;
    cli.io.out(`${explain(record.decision)}\n${verdict}\n`);
  });
};

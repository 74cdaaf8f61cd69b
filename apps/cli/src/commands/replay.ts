import type { DecisionView } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import { explain, replay } from '@precedent/scheduling';
import type { DecisionRecord } from '@precedent/scheduling';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { UsageError } from '../usage-error.ts';

/** It was made again, and came out otherwise. */
const DIFFERS_EXIT = 1;

export const addReplay = (program: Command, cli: Cli): void => {
  const command = program
    .command('replay')
    .description('repeat a preemption decision from its record, by the rules of this version, and compare')
    .argument('<decision>', 'the id of the decision');
  withCommonFlags(command).action(async (id: string, flags: CommonFlags) => {
    const decisions = await withClient(cli, flags, (client) => client.decisions({ limit: 1_000 }));
    const found = decisionOf(decisions, id);
    const record = found.record as DecisionRecord;
    const result = replay(record, sha256);
    cli.exit = result.same ? 0 : DIFFERS_EXIT;
    if (flags.json) return cli.io.out(jsonText({ id: found.id, ...result }));
    const verdict = result.same ? 'the same decision again' : `another decision: ${result.difference}`;
    cli.io.out(`${explain(record.decision)}\n${verdict}\n`);
  });
};

/** The decision with this id, or the only one whose id begins so. */
const decisionOf = (decisions: readonly DecisionView[], given: string): DecisionView => {
  const named = decisions.filter(({ id }) => id.startsWith(given));
  const found = named.find(({ id }) => id === given) ?? named[0];
  if (found === undefined)
    throw new AppError(
      'TASK_NOT_FOUND',
      `no recent decision has the id ${given}: \`precedent decisions\` lists them`,
    );
  if (named.length === 1 || found.id === given) return found;
  const issues = named.slice(0, 10).map(({ id, explanation }) => ({ field: id, message: explanation }));
  throw new UsageError(`${given} is the beginning of ${named.length} decisions`, { issues });
};

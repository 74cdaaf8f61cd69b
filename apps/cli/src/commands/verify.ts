import type { Config } from '@precedent/config';
import { streamsOf } from '@precedent/contracts';
import { verifyJournal } from '@precedent/engine';
import type { ReadState, VerifyReport } from '@precedent/engine';
import { catalogue } from '@precedent/kernel';
import { connectNats, natsObjectStore } from '@precedent/nats';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import { streamOptions } from '../stored-key.ts';
import { jsonText } from '../output.ts';
import { verifyText } from '../verify-text.ts';
import { withCellLogs } from './cell-logs.ts';

export const addVerify = (program: Command, cli: Cli): void => {
  const command = program
    .command('verify')
    .description(
      'compare journal, snapshots and checkpoints of a cell with the SHA-256 digests in them, and name what was changed first',
    );
  withCommonFlags(command).action(async (flags: CommonFlags) => {
    const config = configOf(cli, flags);
    const reached = { config, env: cli.io.env };
    const report = await withStates(reached, (readState) =>
      withCellLogs(reached, (logs) => verifyJournal(logs, readState)),
    );
    cli.io.out(flags.json ? jsonText(report) : verifyText(report));
    if (report.findings.length > 0) cli.exit = catalogue.INTEGRITY_FAILED.exit;
  });
};

/** Runs `use` with the checkpoints that are too large for the journal. */
const withStates = async (
  { config, env }: { readonly config: Config; readonly env: Cli['io']['env'] },
  use: (readState: ReadState) => Promise<VerifyReport>,
): Promise<VerifyReport> => {
  const nc = await connectNats(streamOptions(config, env, 'verify'));
  try {
    const states = natsObjectStore({ nc, bucket: streamsOf(config.root).blobs });
    return await use((ref) => states.get(ref));
  } finally {
    await nc.close();
  }
};

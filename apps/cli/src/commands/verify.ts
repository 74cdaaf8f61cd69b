import type { Config } from '@precedent/config';
import { streamsOf } from '@precedent/contracts';
import { verifyJournal } from '@precedent/engine';
import type { CheckedLogs, VerifyReport, VerifySources } from '@precedent/engine';
import { catalogue, isAppError } from '@precedent/kernel';
import { connectNats, natsObjectStore, storedSigners } from '@precedent/nats';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import { streamOptions } from '../stored-credential.ts';
import { jsonText } from '../output.ts';
import { verifyText } from '../verify-text.ts';
import type { FullReport } from '../verify-text.ts';
import { dataDirOf, verifyAudit } from './audit.ts';
import { withCellLogs } from './cell-logs.ts';

interface Reached {
  readonly cli: Cli;
  readonly config: Config;
  readonly env: Cli['io']['env'];
}

interface VerifyFlags extends CommonFlags {
  readonly all?: boolean;
  readonly data?: string;
}

export const addVerify = (program: Command, cli: Cli): void => {
  const command = program
    .command('verify')
    .description(
      'compare journal, snapshots and checkpoints of a cell with the SHA-256 digests and signatures in them, and name what was changed first',
    )
    .option('--all', 'also the history, which is compared with the journal, and the audit trail')
    .option('--data <dir>', 'data folder of the cell, with its history and the heads of the audit trail');
  withCommonFlags(command).action(async (flags: VerifyFlags) => {
    const config = configOf(cli, flags, dataDirOf(cli, flags.data));
    const reached = { cli, config, env: cli.io.env };
    const report = await withSources(reached, (sources) =>
      withCellLogs(reached, async (logs) => {
        const verified = await verifyJournal(logs, sources);
        return flags.all ? { ...verified, ...(await theRest(reached, logs, verified)) } : verified;
      }),
    );
    cli.io.out(flags.json ? jsonText(report) : verifyText(report));
    if (isChanged(report)) cli.exit = catalogue.INTEGRITY_FAILED.exit;
  });
};

const isChanged = ({ findings, history, audit }: FullReport): boolean =>
  findings.length > 0 || (history?.differences.length ?? 0) > 0 || audit?.broken !== undefined;

/** A journal that was changed says nothing about the history. */
const theRest = async (
  reached: Reached,
  logs: CheckedLogs,
  { findings }: VerifyReport,
): Promise<Omit<FullReport, keyof VerifyReport>> => {
  const { verifyHistory } = await import('./verify-history.ts');
  const history = findings.length > 0 ? undefined : await verifyHistory(reached.config, logs, Date.now());
  const audit = await verifyAudit(reached).catch(absentAudit);
  return { ...(history && { history }), ...(audit && { audit }) };
};

const absentAudit = (error: unknown): undefined => {
  if (isAppError(error) && error.code === 'AUDIT_UNAVAILABLE') return undefined;
  throw error;
};

/** Runs `use` with the checkpoints that are too large for the journal, and the keys of signers. */
const withSources = async (
  { config, env }: Reached,
  use: (sources: VerifySources) => Promise<FullReport>,
): Promise<FullReport> => {
  const nc = await connectNats(await streamOptions(config, env, 'verify'));
  try {
    const { blobs, access } = streamsOf(config.root);
    const states = natsObjectStore({ nc, bucket: blobs });
    const signers = await storedSigners(nc, access);
    return await use({ readState: (ref) => states.get(ref), signerOf: (id) => signers.signerOf(id) });
  } finally {
    await nc.close();
  }
};

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '@precedent/config';
import { blockingIn, checkJournal } from '@precedent/engine';
import type { JournalFinding } from '@precedent/engine';
import { AppError, catalogue, messageOf } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import { findingLines, journalText } from '../journal-text.ts';
import { jsonLine, jsonText } from '../output.ts';
import { withCellLogs } from './cell-logs.ts';
import type { CellLogs } from './cell-logs.ts';

interface MendFlags extends CommonFlags {
  readonly yes?: boolean;
  readonly save?: string;
}

export const addJournal = (program: Command, cli: Cli): void => {
  const group = program.command('journal').description('check and repair the journal of a cell');
  const check = group
    .command('check')
    .description('check the whole journal and its snapshots for damaged, missing and foreign entries');
  withCommonFlags(check).action(async (flags: CommonFlags) => {
    const report = await withCellLogs({ config: configOf(cli, flags), env: cli.io.env }, checkJournal);
    cli.io.out(flags.json ? jsonText(report) : journalText(report));
    if (blockingIn(report).length > 0) cli.exit = catalogue.JOURNAL_CORRUPT.exit;
  });
  const mend = group
    .command('mend')
    .description(
      'discard damaged and missing entries, so that the engine starts; their content is lost. Without --yes the entries are only listed',
    )
    .option('--yes', 'do it')
    .option('--save <file>', 'file for the content of the removed entries (precedent-journal-<cell>.ndjson)');
  withCommonFlags(mend).action(async (flags: MendFlags) => {
    const config = configOf(cli, flags);
    const given = flags.save ?? `precedent-journal-${config.cell}.ndjson`;
    const run: Run = { cli, config, json: flags.json === true, file: path.resolve(cli.io.cwd, given) };
    await withCellLogs({ config, env: cli.io.env }, (logs) => mendJournal(logs, run, flags.yes === true));
  });
};

interface Run {
  readonly cli: Cli;
  readonly config: Config;
  readonly json: boolean;
  readonly file: string;
}

const mendJournal = async (logs: CellLogs, run: Run, isConfirmed: boolean): Promise<void> => {
  const damaged = (await checkJournal(logs)).findings.filter(({ kind }) => kind !== 'foreign');
  refuseNewer(damaged);
  const { cli, json } = run;
  const isDone = isConfirmed && damaged.length > 0;
  if (isDone) await giveUp(logs, damaged, run.file);
  if (json)
    return cli.io.out(jsonText({ entries: damaged, mended: isDone, ...(isDone && { file: run.file }) }));
  if (damaged.length === 0) return cli.io.out('nothing to mend: every entry is readable or skipped\n');
  cli.io.out(`${findingLines(damaged)}${isDone ? doneText(run.file) : CONFIRMATION_TEXT}`);
};

const CONFIRMATION_TEXT =
  'The content of these entries would be lost. Restore a backup if there is one; otherwise run this again with --yes.\n';

const doneText = (file: string): string =>
  `These entries are declared void and removed. Their content is in ${file}.\n`;

/** A newer version wrote them: they are not damaged. */
const refuseNewer = (findings: readonly JournalFinding[]): void => {
  const newer = findings.find(({ code }) => code === 'DATA_TOO_NEW');
  if (newer) throw new AppError('DATA_TOO_NEW', newer.message, { details: { seq: newer.seq } });
};

/** Kept in a file first; declared void before they are removed, so that no reader takes them for missing. */
const giveUp = async (logs: CellLogs, damaged: readonly JournalFinding[], file: string): Promise<void> => {
  await writeFile(file, damaged.map(jsonLine).join(''), { flag: 'wx', mode: 0o600 }).catch(
    (cause: unknown) => {
      throw new AppError('INVALID_REQUEST', `--save ${file} cannot be written: ${messageOf(cause)}`, {
        cause,
      });
    },
  );
  const sequences = damaged.flatMap(({ seq, upTo }) =>
    Array.from({ length: upTo - seq + 1 }, (_, index) => seq + index),
  );
  await logs.declareVoid(sequences);
  for (const { kind, seq } of damaged) if (kind === 'unreadable') await logs.erase(seq);
};

import { blockingIn } from '@precedent/engine';
import type { JournalFinding, JournalReport } from '@precedent/engine';
import { fieldsText } from './output.ts';

/** What a check of the journal found, and whether an engine starts with it. */
export const journalText = (report: JournalReport): string => {
  const { first, last, readable, foreign, records, epoch, snapshots, snapshotProblem, findings } = report;
  const latest = snapshots.at(-1);
  const fields = fieldsText([
    [
      'journal',
      first === 0 ? `no entries, the last one was ${last}` : `entries ${first} to ${last}, epoch ${epoch}`,
    ],
    ['readable', `${readable} with ${records} records`],
    ['foreign', foreign === 0 ? undefined : `${foreign}, skipped`],
    ['snapshots', latest ? `${snapshots.length}, the latest as of entry ${latest.asOf}` : 'none'],
    ['skipped', snapshotProblem],
  ]);
  return `${fields}${findingLines(findings)}${verdictOf(report)}`;
};

export const findingLines = (findings: readonly JournalFinding[]): string =>
  findings.map(({ seq, upTo, kind, message }) => `${placeOf(seq, upTo)}  ${kind}: ${message}\n`).join('');

const placeOf = (seq: number, upTo: number): string =>
  upTo === seq ? `entry ${seq}` : `entries ${seq} to ${upTo}`;

const verdictOf = (report: JournalReport): string => {
  const blocking = blockingIn(report);
  if (blocking.length > 0)
    return 'An engine cannot start with it. Restore a backup, or give these entries up with `precedent journal mend`.\n';
  const isDamaged = report.findings.some(({ kind }) => kind !== 'foreign');
  return isDamaged
    ? 'An engine starts with it: the latest snapshot covers what is damaged. History and search may stop at it.\n'
    : 'An engine starts with it.\n';
};

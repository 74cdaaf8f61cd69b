import type { ChainVerdict } from '@precedent/access';
import type { ComparedHistory, HistoryDifference } from '@precedent/sqlite';
import type { ChangedFinding, VerifyReport } from '@precedent/engine';
import { visibleLine } from './terminal/visible.ts';
import { fieldsText } from './output.ts';

const FINDINGS_MAX = 20;

export interface FullReport extends VerifyReport {
  /** Absent: it was not requested, there is none, or the journal was changed. */
  readonly history?: ComparedHistory;
  readonly audit?: ChainVerdict;
}

/** What was verified, and what was changed. */
export const verifyText = (report: FullReport): string => {
  const { journal, tasks, withoutDigest, signed, removedSigners, deletions, checkpoints } = report;
  const { findings, history, audit } = report;
  const { first, last, link, records, snapshots, foreign } = journal;
  const fields = fieldsText([
    ['journal', first === 0 ? 'no entries' : `entries ${first} to ${last} with ${records} records`],
    ['last entry', link === '' ? undefined : link],
    ['tasks', `${tasks} with their digest`],
    ['older', withoutDigest === 0 ? undefined : `${withoutDigest} tasks of older versions have no digest`],
    ['signed', signed === 0 ? undefined : `${signed} of them, by their submitters`],
    ...removedSigners.map(removedField),
    ['deleted', deletions === 0 ? undefined : String(deletions)],
    ['checkpoints', String(checkpoints)],
    ['snapshots', String(snapshots.length)],
    ['foreign', foreign === 0 ? undefined : `${foreign}, skipped`],
    ['history', history && historyText(history)],
    ['audit', audit && `${audit.messages} messages with ${audit.entries} entries`],
  ]);
  const { broken } = audit ?? {};
  const changed = [
    ...findings.map(findingLine),
    ...(history?.differences ?? []).map(differenceLine),
    ...(broken ? [`audit message ${broken.seq}: ${visibleLine(broken.reason)}\n`] : []),
  ];
  const more = changed.length > FINDINGS_MAX ? `and ${changed.length - FINDINGS_MAX} more\n` : '';
  const lines = changed.slice(0, FINDINGS_MAX).join('');
  return `${fields}${lines}${more}${changed.length === 0 ? 'Nothing was changed.\n' : ''}`;
};

const removedField = ({ id, principal, removedAt = 0 }: VerifyReport['removedSigners'][number]) =>
  [
    'removed key',
    `${id} of ${visibleLine(principal)}, removed at ${new Date(removedAt).toISOString()}, after it had signed`,
  ] as const;

const historyText = ({ compared, older, seq }: ComparedHistory): string => {
  const rest = older === 0 ? '' : `; ${older} are older than the journal, and only their pages were checked`;
  return `${compared} tasks compared up to entry ${seq}${rest}`;
};

const differenceLine = ({ table, task, message }: HistoryDifference): string => {
  const place = task === undefined ? `history, ${table}` : `history, ${table}, task ${visibleLine(task)}`;
  return `${place}: ${visibleLine(message)}\n`;
};

const findingLine = ({ in: where, seq, task, offset, message }: ChangedFinding): string => {
  const place = [
    `${where === 'checkpoint' ? 'journal' : where} entry ${seq}`,
    ...(task === undefined ? [] : [`task ${visibleLine(task)}`]),
    ...(offset === undefined ? [] : [`byte ${offset}`]),
  ];
  return `${place.join(', ')}: ${visibleLine(message)}\n`;
};

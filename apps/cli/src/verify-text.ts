import type { ChangedFinding, VerifyReport } from '@precedent/engine';
import { visibleLine } from './terminal/visible.ts';
import { fieldsText } from './output.ts';

const FINDINGS_MAX = 20;

/** What was verified, and what was changed. */
export const verifyText = (report: VerifyReport): string => {
  const { journal, tasks, withoutDigest, deletions, checkpoints, findings } = report;
  const { first, last, link, records, snapshots, foreign } = journal;
  const fields = fieldsText([
    ['journal', first === 0 ? 'no entries' : `entries ${first} to ${last} with ${records} records`],
    ['last entry', link === '' ? undefined : link],
    ['tasks', `${tasks} with their digest`],
    ['older', withoutDigest === 0 ? undefined : `${withoutDigest} tasks of older versions have no digest`],
    ['deleted', deletions === 0 ? undefined : String(deletions)],
    ['checkpoints', String(checkpoints)],
    ['snapshots', String(snapshots.length)],
    ['foreign', foreign === 0 ? undefined : `${foreign}, skipped`],
  ]);
  const more = findings.length > FINDINGS_MAX ? `and ${findings.length - FINDINGS_MAX} more\n` : '';
  const lines = findings.slice(0, FINDINGS_MAX).map(findingLine).join('');
  return `${fields}${lines}${more}${findings.length === 0 ? 'Nothing was changed.\n' : ''}`;
};

const findingLine = ({ in: where, seq, task, offset, message }: ChangedFinding): string => {
  const place = [
    `${where === 'checkpoint' ? 'journal' : where} entry ${seq}`,
    ...(task === undefined ? [] : [`task ${visibleLine(task)}`]),
    ...(offset === undefined ? [] : [`byte ${offset}`]),
  ];
  return `${place.join(', ')}: ${visibleLine(message)}\n`;
};

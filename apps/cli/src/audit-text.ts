import type { ChainVerdict } from '@precedent/access';
import type { Grant } from '@precedent/contract-types';
import { fieldsText } from './output.ts';
import type { NumberedEntry } from './commands/cell-audit.ts';
import { visibleLine } from './terminal/visible.ts';

/** One entry in one line. */
export const auditLine = (entry: NumberedEntry): string => {
  const words =
    'head' in entry
      ? ['signed', `message ${entry.head.seq}`, `by ${entry.service}`]
      : [
          entry.decision,
          entry.code,
          entry.operation,
          entry.principal ?? 'unknown',
          `(${entry.credential})`,
          `in ${entry.namespace}${entry.project === undefined ? '' : `/${entry.project}`}`,
          entry.reason,
          entry.targets?.join(' '),
          entry.grant && grantText(entry.grant),
          entry.count === undefined ? undefined : `${entry.count} times`,
          entry.from === undefined ? undefined : `from ${entry.from}`,
        ];
  const text = [new Date(entry.at).toISOString(), ...words.filter((word) => word !== undefined)].join('  ');
  return `${visibleLine(text)}\n`;
};

/** What may be long in it, task types and labels, is in the exported trail. */
const grantText = ({ role, namespace, project, highestBand, expiresAt }: Grant): string =>
  [
    `${role} of ${namespace}/${project}`,
    ...(highestBand === undefined ? [] : [`up to ${highestBand}`]),
    ...(expiresAt === undefined ? [] : [`until ${new Date(expiresAt).toISOString()}`]),
  ].join(', ');

/** What the check of the trail found. */
export const auditVerdictText = (verdict: ChainVerdict): string => {
  const { messages, entries, last, heads, signedSeq, publicKeys, broken } = verdict;
  const fields = fieldsText([
    ['messages', `${messages} with ${entries} entries`],
    ['last', last.seq === 0 ? 'none' : `message ${last.seq}, SHA-256 ${last.sha256}`],
    ['signatures', heads === 0 ? 'none' : `${heads}, the last one of message ${signedSeq}`],
    ['keys', publicKeys.length === 0 ? undefined : publicKeys.map(visibleLine).join(', ')],
  ]);
  if (broken === undefined) return `${fields}${wholeText(verdict)}`;
  return `${fields}message ${broken.seq}  ${visibleLine(broken.reason)}\n`;
};

const wholeText = ({ last, signedSeq }: ChainVerdict): string =>
  last.seq <= signedSeq + 1
    ? 'Every message is as it was written.\n'
    : `Every message is as it was written; whether messages behind ${signedSeq} were cut off or replaced cannot be seen before the next signature.\n`;

import type { JobBody } from '@precedent/contract-types';
import { messageOf } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import { specDigestOf } from '@precedent/tasks';
import type { SubmittedRecord, TaskClass } from '@precedent/tasks';

/** Where something was changed, as far as that is known. */
export interface ChangedPlace {
  readonly task?: string;
  /** Bytes from the begin of the entry: of the first byte that is no JSON, or of the record. */
  readonly offset?: number;
}

type Digested = Pick<SubmittedRecord, 'class' | 'body' | 'digest'>;

/** Whether a submission has the digest that it was accepted with; one of an older version has none. */
export const hasItsDigest = ({ class: kind, body, digest }: Digested): boolean =>
  digest === undefined || digest === specDigestOf(kind, [JSON.parse(body) as JobBody, body], sha256);

/** The first record of an entry that is no JSON, or is a submission without its digest. An entry has a record in each line. */
export const firstChange = (text: string): ChangedPlace => {
  const [head = '', ...lines] = text.split('\n');
  const start = parsed(`${head}]}`);
  if ('at' in start) return { offset: Buffer.byteLength(head.slice(0, start.at)) };
  const { classes = [] } = start.value as { readonly classes?: readonly TaskClass[] };
  let offset = Buffer.byteLength(head) + 1;
  for (const [index, line] of lines.entries()) {
    const record =
      index === lines.length - 1 ? line.replace(/\](,"sum":"[^"]*")?\}$/, '') : line.replace(/,$/, '');
    const read = parsed(record);
    const task = /"id":"([^"]*)"/.exec(record)?.[1];
    if ('at' in read)
      return {
        ...(task !== undefined && { task }),
        offset: offset + Buffer.byteLength(record.slice(0, read.at)),
      };
    if (task !== undefined && isOtherTask(read.value, classes)) return { task, offset };
    offset += Buffer.byteLength(line) + 1;
  }
  return {};
};

interface RawSubmission extends Omit<SubmittedRecord, 'class' | 'body'> {
  readonly class: number;
  readonly body: JobBody;
}

const isOtherTask = (value: unknown, classes: readonly TaskClass[]): boolean => {
  const record = value as RawSubmission | null;
  const kind = classes[record?.class ?? -1];
  if (record?.kind !== 'submitted' || kind === undefined) return false;
  return !hasItsDigest({ ...record, class: kind, body: JSON.stringify(record.body) });
};

/** The value of a text, or at which character it is no JSON. */
const parsed = (text: string): { readonly value: unknown } | { readonly at: number } => {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { at: Number(/position (\d+)/.exec(messageOf(error))?.[1] ?? 0) };
  }
};

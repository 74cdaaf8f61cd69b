import { excerptOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { RunFact } from '@precedent/orchestration';
import type { DefinitionRecord, JournalRecord } from '@precedent/tasks';

const NOTE_CHARS_MAX = 300;

const cut = (text: string): string => excerptOf(text, NOTE_CHARS_MAX);

const problemText = ({ code, message }: Problem): string => cut(`${code}: ${message}`);

/** What a record says in addition to its kind, in a few words; `undefined` when its kind says it all. */
export const noteOf = (record: JournalRecord): string | undefined => {
  switch (record.kind) {
    case 'leased':
      return record.worker;
    case 'rejected':
    case 'retrying':
      return problemText(record.error);
    case 'stopping':
      return record.reason ? cut(`${record.stop}: ${record.reason}`) : record.stop;
    case 'requeued':
      return record.why;
    case 'rebanded':
      return cut(`to band ${record.band}${record.reason ? `: ${record.reason}` : ''}`);
    case 'edge':
      return cut(`dependency ${record.edge + 1} is ${record.met ? 'met' : 'lost'}${readText(record.read)}`);
    case 'settled':
      return record.error
        ? `${record.state}, ${problemText(record.error)}`
        : cut(record.state + readText(record.read));
    case 'preempting':
      return `${record.mode}, decision ${record.decision}`;
    case 'preempted':
      return record.end;
    case 'kept':
      return record.step.kind;
    case 'deleted':
      return record.id;
    case 'run':
      return runNote(record.fact);
    case 'definition':
      return definitionNote(record);
    case 'epoch':
      return `epoch ${record.epoch}, ${record.owner}`;
    default:
      return undefined;
  }
};

const runNote = (fact: RunFact): string => {
  switch (fact.type) {
    case 'begun': {
      const { workflow, rerunOf } = fact;
      const of = workflow === undefined ? '' : `, ${workflow.name} revision ${workflow.revision}`;
      return cut(`begun${of}${rerunOf === undefined ? '' : `, again after ${rerunOf}`}`);
    }
    case 'skipped':
      return cut(`step ${fact.step} is skipped: ${fact.message}${readText(fact.read)}`);
    case 'ended': {
      const why = fact.error === undefined ? '' : `: ${fact.error.message}`;
      return cut(`step ${fact.step} is ${fact.state}${why}${readText(fact.read)}`);
    }
    case 'decided': {
      const by = fact.by === undefined ? '' : ` by ${fact.by}`;
      return cut(`step ${fact.step} is ${fact.approve ? 'approved' : 'refused'}${by}`);
    }
    case 'signalled':
      return cut(`signal ${fact.name}`);
    case 'opened':
    case 'again':
    case 'uncompensated':
      return cut(`step ${fact.step} is ${fact.type}`);
    case 'cancelling':
      return cut(`cancelling${fact.reason === undefined ? '' : `: ${fact.reason}`}`);
    case 'paused':
    case 'resumed':
    case 'compensating':
      return fact.type;
  }
};

const definitionNote = ({ of, namespace, name, revision, gone, by }: DefinitionRecord): string => {
  const what = gone ? 'gone' : `revision ${revision}`;
  return cut(`${of} ${namespace}/${name}, ${what}${by === undefined ? '' : `, by ${by}`}`);
};

const readText = (read: Readonly<Record<string, string>> = {}): string =>
  Object.entries(read)
    .map(([path, value]) => `, ${path} is ${value}`)
    .join('');

import {
  aboutTaskSchema,
  collectionsRequestSchema,
  documentsRequestSchema,
  failuresRequestSchema,
  findRequestSchema,
  predictRequestSchema,
  recallRequestSchema,
  rememberRequestSchema,
  resolveRequestSchema,
} from '../search.ts';
import { catalogueOf, nothingSchema } from './operation.ts';
import { VECTORIZER } from './places.ts';
import {
  diffReplySchema,
  failuresReplySchema,
  predictReplySchema,
  recommendReplySchema,
  seenReplySchema,
} from './precedent-views.ts';
import {
  collectionsReplySchema,
  documentsReplySchema,
  findReplySchema,
  noteReplySchema,
  recallReplySchema,
  resolveReplySchema,
  searchStatusSchema,
} from './search-views.ts';

const reads = { errors: [], right: 'read', reach: 'namespace', mutates: false } as const;
const writes = { errors: [], right: 'submit', reach: 'namespace', mutates: true } as const;

/** The semantic history of a namespace: what happened, by meaning, and what follows from it. */
export const SEARCH_OPERATIONS = catalogueOf(VECTORIZER, {
  find: {
    ...reads,
    summary: 'What happened, by meaning and by words; filters are read out of the query.',
    request: findRequestSchema,
    reply: findReplySchema,
    untrusted: ['hits[].text', 'hits[].lines[].text', 'nearest[].text', 'nearest[].lines[].text'],
  },
  seen: {
    ...reads,
    summary: 'Whether the failure of a task was seen before, and what helped then.',
    request: aboutTaskSchema,
    reply: seenReplySchema,
    errors: ['TASK_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    untrusted: [
      'same.resolutions[].text',
      'same.resolutions[].by',
      'same.laterSuccesses[].differences',
      'same.settings',
      'similar[].text',
    ],
  },
  diff: {
    ...reads,
    summary: 'What is different since a task of the same name last succeeded.',
    request: aboutTaskSchema,
    reply: diffReplySchema,
    errors: ['TASK_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    untrusted: ['changes[].name', 'changes[].before', 'changes[].after'],
  },
  predict: {
    ...reads,
    summary: 'How long a task will take and how likely it fails, with warnings.',
    request: predictRequestSchema,
    reply: predictReplySchema,
    errors: ['TASK_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    untrusted: ['duplicates.equal[].name', 'duplicates.similar[].name'],
  },
  recommend: {
    ...reads,
    summary: 'What similar tasks waited for, left, and were followed by.',
    request: predictRequestSchema,
    reply: recommendReplySchema,
    errors: ['TASK_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    untrusted: ['recommendations[].name'],
  },
  failures: {
    ...reads,
    summary: 'What failed, those of one cause together.',
    request: failuresRequestSchema,
    reply: failuresReplySchema,
    untrusted: ['clusters[].kinds[].text'],
  },
  resolve: {
    ...writes,
    summary: 'Records what fixed the failure of a task; another task must show it.',
    request: resolveRequestSchema,
    reply: resolveReplySchema,
    errors: ['TASK_NOT_FOUND', 'HISTORY_UNAVAILABLE', 'NATS_UNREACHABLE'],
  },
  remember: {
    ...writes,
    summary: 'Keeps a note for a project; the same words again are the same note.',
    request: rememberRequestSchema,
    reply: noteReplySchema,
    errors: ['NATS_UNREACHABLE'],
  },
  recall: {
    ...reads,
    summary: 'Notes and resolutions that are to the point.',
    request: recallRequestSchema,
    reply: recallReplySchema,
    untrusted: ['notes[].text', 'notes[].by', 'notes[].sources'],
  },
  documents: {
    ...reads,
    summary: 'Documents of one collection, by meaning and by words.',
    request: documentsRequestSchema,
    reply: documentsReplySchema,
    untrusted: ['hits[].text', 'hits[].path', 'hits[].heading', 'hits[].key'],
  },
  collections: {
    ...reads,
    summary: 'The collections of a namespace, and what they hold.',
    request: collectionsRequestSchema,
    reply: collectionsReplySchema,
  },
  status: {
    ...reads,
    summary: 'The state of the index, and how far behind the journal it is.',
    request: nothingSchema,
    reply: searchStatusSchema,
    reach: 'cell',
  },
});

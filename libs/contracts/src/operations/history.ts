import {
  historyDecisionsSchema,
  historyEventsSchema,
  historyFeedSchema,
  historyGetSchema,
  historyListSchema,
  historyLogsSchema,
  historySearchSchema,
  historyStatsSchema,
} from '../history.ts';
import {
  HISTORY_TASK_UNTRUSTED,
  historyCopyReplySchema,
  historyDecisionsReplySchema,
  historyEventsReplySchema,
  historyFeedReplySchema,
  historyGetReplySchema,
  historyListReplySchema,
  historyLogsReplySchema,
  historyOptimiseReplySchema,
  historyRebuildReplySchema,
  historySearchReplySchema,
  historyStatsReplySchema,
  historyStatusReplySchema,
} from './history-views.ts';
import { catalogueOf, nothingSchema } from './operation.ts';
import { HISTORY } from './places.ts';
import { below } from './task-views.ts';

const readsNamespace = { errors: [], right: 'read', reach: 'namespace', mutates: false } as const;
const administersCell = { errors: [], right: 'administer', reach: 'cell', mutates: true } as const;

/** What happened, also to tasks that the engine has forgotten. */
export const HISTORY_OPERATIONS = catalogueOf(HISTORY, {
  get: {
    ...readsNamespace,
    summary: 'One task with its attempts.',
    request: historyGetSchema,
    reply: historyGetReplySchema,
    errors: ['TASK_NOT_FOUND'],
    untrusted: [...below('task', HISTORY_TASK_UNTRUSTED), 'attempts[].error'],
  },
  list: {
    ...readsNamespace,
    summary: 'Tasks that meet every condition, the latest first.',
    request: historyListSchema,
    reply: historyListReplySchema,
    untrusted: below('tasks[]', HISTORY_TASK_UNTRUSTED),
  },
  stats: {
    ...readsNamespace,
    summary: 'Counts, how long tasks waited and ran, and what happened over time.',
    request: historyStatsSchema,
    reply: historyStatsReplySchema,
  },
  events: {
    ...readsNamespace,
    summary:
      'The log of operations: of one task, or after a sequence, from its beginning, otherwise the latest first.',
    request: historyEventsSchema,
    reply: historyEventsReplySchema,
    errors: ['TASK_NOT_FOUND'],
    untrusted: ['events[].note'],
  },
  feed: {
    ...readsNamespace,
    summary: 'Events of tasks in the order of the journal, from a sequence on.',
    request: historyFeedSchema,
    reply: historyFeedReplySchema,
    untrusted: below('events[]', ['name', 'commandLine', 'message', 'result', 'error', 'reason']),
  },
  logs: {
    ...readsNamespace,
    summary: 'The output of a task, oldest first; for callers who may not read streams.',
    request: historyLogsSchema,
    reply: historyLogsReplySchema,
    errors: ['TASK_NOT_FOUND', 'JOURNAL_UNAVAILABLE'],
    untrusted: ['chunks[].text'],
  },
  // Whole records, as the engine's: they hold tasks of other namespaces.
  decisions: {
    ...readsNamespace,
    summary: 'Decisions about who starts at whose expense, with their whole records, the latest first.',
    request: historyDecisionsSchema,
    reply: historyDecisionsReplySchema,
    reach: 'cell',
  },
  search: {
    ...readsNamespace,
    summary: 'Tasks with these words in name, type, command, error or labels, the best match first.',
    request: historySearchSchema,
    reply: historySearchReplySchema,
    untrusted: below('tasks[]', HISTORY_TASK_UNTRUSTED),
  },
  status: {
    ...readsNamespace,
    summary: 'The state of the history, and how much it holds.',
    request: nothingSchema,
    reply: historyStatusReplySchema,
    reach: 'cell',
  },
  rebuild: {
    ...administersCell,
    summary: 'Builds the history again from the journal; the old one answers meanwhile.',
    request: nothingSchema,
    reply: historyRebuildReplySchema,
  },
  optimise: {
    ...administersCell,
    summary: 'Puts the file of the history in order, while it answers.',
    request: nothingSchema,
    reply: historyOptimiseReplySchema,
  },
  copy: {
    ...administersCell,
    summary: 'Copies the history into a file next to it.',
    request: nothingSchema,
    reply: historyCopyReplySchema,
  },
});

import {
  cancelRequestSchema,
  countsRequestSchema,
  deleteRequestSchema,
  getRequestSchema,
  listRequestSchema,
  waitRequestSchema,
} from '../task-requests.ts';
import { ENGINE } from './places.ts';
import { catalogueOf } from './operation.ts';
import {
  TASK_UNTRUSTED,
  below,
  countsReplySchema,
  deleteReplySchema,
  listReplySchema,
  taskViewSchema,
} from './task-views.ts';

/** Reads and ends tasks that the engine knows: those that are active, and recent ones. */
export const TASK_OPERATIONS = catalogueOf(ENGINE, {
  get: {
    summary: 'One task, as it is now.',
    request: getRequestSchema,
    reply: taskViewSchema,
    errors: ['TASK_NOT_FOUND'],
    right: 'read',
    reach: 'namespace',
    mutates: false,
    batched: true,
    untrusted: TASK_UNTRUSTED,
  },
  list: {
    summary: 'Running tasks first, then recent verdicts, then those that wait, in run order.',
    request: listRequestSchema,
    reply: listReplySchema,
    errors: [],
    right: 'read',
    reach: 'namespace',
    mutates: false,
    untrusted: below('tasks[]', TASK_UNTRUSTED),
  },
  counts: {
    summary: 'How many tasks of each band are in which state.',
    request: countsRequestSchema,
    reply: countsReplySchema,
    errors: [],
    right: 'read',
    reach: 'namespace',
    mutates: false,
  },
  wait: {
    summary:
      'Answers at the verdict of a task, or with the task as it is when the time of the request is over.',
    request: waitRequestSchema,
    reply: taskViewSchema,
    errors: ['TASK_NOT_FOUND', 'QUEUE_FULL'],
    right: 'read',
    reach: 'namespace',
    mutates: false,
    untrusted: TASK_UNTRUSTED,
  },
  // A submitter may cancel tasks of its own without the right.
  cancel: {
    summary: 'Cancels a task; its code is stopped when it runs.',
    request: cancelRequestSchema,
    reply: taskViewSchema,
    errors: ['TASK_NOT_FOUND', 'TASK_SETTLED', 'PRECONDITION_FAILED'],
    right: 'control',
    reach: 'namespace',
    mutates: true,
    untrusted: TASK_UNTRUSTED,
  },
  delete: {
    summary: 'Deletes a task that has its verdict, with all that engine, history and index have of it.',
    request: deleteRequestSchema,
    reply: deleteReplySchema,
    errors: ['TASK_NOT_FOUND', 'TASK_ACTIVE', 'PRECONDITION_FAILED', 'JOURNAL_UNAVAILABLE'],
    right: 'administer',
    reach: 'namespace',
    mutates: true,
  },
  deleteForgotten: {
    summary: 'Deletes a task that the engine has forgotten; the history knows its namespace and its project.',
    request: deleteRequestSchema,
    reply: deleteReplySchema,
    errors: ['TASK_NOT_FOUND', 'TASK_ACTIVE', 'JOURNAL_UNAVAILABLE', 'HISTORY_UNAVAILABLE'],
    right: 'administer',
    reach: 'namespace',
    mutates: true,
  },
});

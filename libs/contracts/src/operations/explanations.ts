import { decisionsRequestSchema, getRequestSchema } from '../task-requests.ts';
import { decisionsReplySchema, dryRunViewSchema, whyViewSchema } from './explanation-views.ts';
import { catalogueOf, nothingSchema } from './operation.ts';
import { taskSchema } from './named.ts';
import { ENGINE } from './places.ts';
import { engineStatusSchema, workersReplySchema } from './status-views.ts';
import { TASK_UNTRUSTED, below } from './task-views.ts';

/** What the engine reports of its decisions and its state. */
export const EXPLANATION_OPERATIONS = catalogueOf(ENGINE, {
  why: {
    summary: 'Why a task is where it is, when it starts, and what decisions were made about it.',
    request: getRequestSchema,
    reply: whyViewSchema,
    errors: ['TASK_NOT_FOUND'],
    right: 'read',
    reach: 'namespace',
    mutates: false,
    // A reason quotes the error of the last attempt.
    untrusted: ['reasons[]', ...below('task', TASK_UNTRUSTED)],
  },
  // Whole records hold tasks of other namespaces. For a namespace `why` shows masked decisions about one task.
  decisions: {
    summary: 'Decisions about who starts at whose expense, with their whole records, the latest first.',
    request: decisionsRequestSchema,
    reply: decisionsReplySchema,
    errors: [],
    right: 'read',
    reach: 'cell',
    mutates: false,
  },
  dryRun: {
    summary: 'What would happen now to a task like this; nothing is done.',
    request: taskSchema,
    reply: dryRunViewSchema,
    errors: [],
    right: 'submit',
    reach: 'namespace',
    mutates: false,
  },
  // Workers are shared, and their pools and labels name who uses them: what a namespace may know is in `why` of its tasks.
  workers: {
    summary: 'The connected workers, what they take and how busy they are.',
    request: nothingSchema,
    reply: workersReplySchema,
    errors: [],
    right: 'read',
    reach: 'cell',
    mutates: false,
  },
  status: {
    summary: 'The state of the engine and of its cell.',
    request: nothingSchema,
    reply: engineStatusSchema,
    errors: [],
    right: 'read',
    reach: 'cell',
    mutates: false,
  },
});

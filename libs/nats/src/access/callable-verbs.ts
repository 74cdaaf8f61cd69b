import {
  ACCESS_OPERATIONS,
  DEFINITION_OPERATIONS,
  ENGINE_OPERATIONS,
  HISTORY_OPERATIONS,
  RUN_OPERATIONS,
  SEARCH_OPERATIONS,
  WEBHOOK_OPERATIONS,
} from '@precedent/contracts';
import type { CallableVerb } from './permissions.ts';

const OWN_TASKS = [
  ENGINE_OPERATIONS.cancel,
  ENGINE_OPERATIONS.reband,
  ENGINE_OPERATIONS.bulkPreview,
  ENGINE_OPERATIONS.bulkStart,
  RUN_OPERATIONS.signal,
  RUN_OPERATIONS.pause,
  RUN_OPERATIONS.resume,
];

/** Everything that a client calls on a subject of its own, with the least right with which some call of it is allowed. */
export const CALLABLE_VERBS: readonly CallableVerb[] = [
  // The token before the credential is the band.
  { group: 'submit', verb: '*', right: 'submit' },
  { group: 'tasks', verb: '*', right: 'submit' },
  // A submitter may cancel and control tasks of its own.
  ...OWN_TASKS.map(({ group, verb }): CallableVerb => ({ group, verb, right: 'submit' })),
  ...[
    ENGINE_OPERATIONS,
    ACCESS_OPERATIONS,
    HISTORY_OPERATIONS,
    SEARCH_OPERATIONS,
    WEBHOOK_OPERATIONS,
    RUN_OPERATIONS,
    ...Object.values(DEFINITION_OPERATIONS),
  ]
    .flatMap((operations): CallableVerb[] => Object.values(operations))
    .filter(({ group, verb }) => !OWN_TASKS.some((own) => own.group === group && own.verb === verb)),
];

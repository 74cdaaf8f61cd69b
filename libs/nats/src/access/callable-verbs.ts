import {
  ACCESS_OPERATIONS,
  ENGINE_OPERATIONS,
  HISTORY_OPERATIONS,
  SEARCH_OPERATIONS,
  WEBHOOK_OPERATIONS,
} from '@precedent/contracts';
import type { CallableVerb } from './permissions.ts';

/** Everything that a client calls on a subject of its own, with the least right with which some call of it is allowed. */
export const CALLABLE_VERBS: readonly CallableVerb[] = [
  // The token before the credential is the band.
  { group: 'submit', verb: '*', right: 'submit' },
  { group: 'tasks', verb: '*', right: 'submit' },
  // A submitter may cancel tasks of its own.
  { group: ENGINE_OPERATIONS.cancel.group, verb: ENGINE_OPERATIONS.cancel.verb, right: 'submit' },
  ...[ENGINE_OPERATIONS, ACCESS_OPERATIONS, HISTORY_OPERATIONS, SEARCH_OPERATIONS, WEBHOOK_OPERATIONS]
    .flatMap((operations): CallableVerb[] => Object.values(operations))
    .filter(({ group, verb }) => `${group}.${verb}` !== 'task.cancel'),
];

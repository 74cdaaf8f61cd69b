import { ACCESS_OPERATIONS } from './access.ts';
import { DEFINITION_OPERATIONS } from './definitions.ts';
import { ENGINE_OPERATIONS } from './engine.ts';
import { HISTORY_OPERATIONS } from './history.ts';
import type { Operation } from './operation.ts';
import { RUN_OPERATIONS } from './runs.ts';
import { SEARCH_OPERATIONS } from './search.ts';
import { SUBMIT_OPERATIONS } from './submissions.ts';
import type {
  AccessVerb,
  ApiVerb,
  DefinitionOperationName,
  HistoryVerb,
  RunVerb,
  SearchVerb,
  WebhookVerb,
} from './verbs.ts';
import { WEBHOOK_OPERATIONS } from './webhooks.ts';

/** `<group>.<verb>`. */
export type OperationName =
  | 'submit.submit'
  | `task.${ApiVerb}`
  | `history.${HistoryVerb}`
  | `search.${SearchVerb}`
  | `access.${AccessVerb}`
  | `webhooks.${WebhookVerb}`
  | `run.${RunVerb}`
  | DefinitionOperationName;

export interface NamedOperation {
  readonly name: OperationName;
  readonly operation: Operation;
}

/** The whole catalogue, for interfaces that are made of it. */
export const namedOperations = (): readonly NamedOperation[] =>
  [
    SUBMIT_OPERATIONS,
    ENGINE_OPERATIONS,
    HISTORY_OPERATIONS,
    SEARCH_OPERATIONS,
    ACCESS_OPERATIONS,
    WEBHOOK_OPERATIONS,
    RUN_OPERATIONS,
    ...Object.values(DEFINITION_OPERATIONS),
  ]
    .flatMap((operations): Operation[] => Object.values(operations))
    // The verbs are the keys of the catalogues.
    .map((operation) => ({ name: `${operation.group}.${operation.verb}` as OperationName, operation }));

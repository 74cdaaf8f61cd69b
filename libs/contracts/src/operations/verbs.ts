import type { ACCESS_OPERATIONS } from './access.ts';
import type { DEFINITION_OPERATIONS } from './definitions.ts';
import type { ENGINE_OPERATIONS } from './engine.ts';
import type { HISTORY_OPERATIONS } from './history.ts';
import type { RUN_OPERATIONS } from './runs.ts';
import type { SEARCH_OPERATIONS } from './search.ts';
import type { WEBHOOK_OPERATIONS } from './webhooks.ts';

export type EngineOperations = typeof ENGINE_OPERATIONS;
export type AccessOperations = typeof ACCESS_OPERATIONS;
export type HistoryOperations = typeof HISTORY_OPERATIONS;
export type SearchOperations = typeof SEARCH_OPERATIONS;
export type WebhookOperations = typeof WEBHOOK_OPERATIONS;
export type RunOperations = typeof RUN_OPERATIONS;
export type RunVerb = keyof RunOperations;
export type DefinitionOperations = typeof DEFINITION_OPERATIONS;

export type ApiVerb = keyof EngineOperations;
export type AccessVerb = keyof AccessOperations;
export type HistoryVerb = keyof HistoryOperations;
export type SearchVerb = keyof SearchOperations;
export type WebhookVerb = keyof WebhookOperations;

/** `<kind>.<verb>` of every kind of definition. */
export type DefinitionOperationName = {
  readonly [K in keyof DefinitionOperations]: `${K}.${keyof DefinitionOperations[K] & string}`;
}[keyof DefinitionOperations];

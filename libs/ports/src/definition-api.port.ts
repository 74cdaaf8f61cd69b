import type {
  DefinitionKind,
  DefinitionView,
  DefinitionsReply,
  DeleteDefinitionRequest,
  GetDefinitionRequest,
  ListDefinitionsRequest,
  PutDefinitionRequest,
} from '@precedent/contract-types';
import type { OrProblem, Reply } from './task-api.port.ts';

export type AnyDefinitionView = DefinitionView<object>;

/**
 * Schedules, limits, projects and what else users name once, by kind. A spec has passed the schema of its kind. An answer comes by
 * callback, once, and never before all that it rests on is durable. No method throws.
 */
export interface DefinitionApi {
  put(
    of: DefinitionKind,
    request: PutDefinitionRequest<object>,
    reply: Reply<OrProblem<AnyDefinitionView>>,
  ): void;
  get(of: DefinitionKind, request: GetDefinitionRequest, reply: Reply<OrProblem<AnyDefinitionView>>): void;
  list(
    of: DefinitionKind,
    request: ListDefinitionsRequest,
    reply: Reply<OrProblem<DefinitionsReply<AnyDefinitionView>>>,
  ): void;
  /** Answers with what it was. */
  delete(
    of: DefinitionKind,
    request: DeleteDefinitionRequest,
    reply: Reply<OrProblem<AnyDefinitionView>>,
  ): void;
}

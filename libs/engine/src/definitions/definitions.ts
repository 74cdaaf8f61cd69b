import { DEFINITION_LIMITS } from '@precedent/contract-types';
import type {
  DefinitionKind,
  DefinitionsReply,
  DeleteDefinitionRequest,
  GetDefinitionRequest,
  ListDefinitionsRequest,
  PutDefinitionRequest,
} from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { AnyDefinitionView, DefinitionApi, OrProblem, Reply } from '@precedent/ports';
import type { Definition, DefinitionRecord } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import { refusalOf } from '../journal/refusal-of.ts';
import { NOT_RUNNING } from '../tasks/task-service.ts';
import type { DefinitionRulesOf } from './definition-rules.ts';

type ViewReply = Reply<OrProblem<AnyDefinitionView>>;

export type DefinitionsParts = Pick<BaseParts, 'clock' | 'options' | 'state' | 'outbox'> & {
  readonly rules: DefinitionRulesOf;
  readonly requestTurn: () => void;
  /** Whether new work is accepted. */
  readonly accepts: () => boolean;
};

const LISTED_DEFAULT = 100;

/** Makes, changes and deletes definitions. Every answer waits until the records that it depends on are durable. */
export class Definitions implements DefinitionApi {
  readonly #parts: DefinitionsParts;

  constructor(parts: DefinitionsParts) {
    this.#parts = parts;
  }

  put(
    of: DefinitionKind,
    request: PutDefinitionRequest<object> & { readonly by?: string | undefined },
    reply: ViewReply,
  ): void {
    const { name, spec, by, expect } = request;
    const namespace = this.#namespaceOf(request);
    const before = this.#find(of, request);
    const error =
      this.#stopping() ??
      unexpected({ of, name }, before, expect) ??
      this.#full(of, namespace, before) ??
      this.#parts.rules[of].refusalOf?.({ namespace, name, spec });
    if (error) return this.#answer(reply, { error });
    const revision = (before?.revision ?? 0) + 1;
    const at = this.#parts.clock.now();
    this.#change(
      { kind: 'definition', at, of, namespace, name, revision, spec, ...(by !== undefined && { by }) },
      reply,
    );
  }

  get(of: DefinitionKind, request: GetDefinitionRequest, reply: ViewReply): void {
    const found = this.#find(of, request);
    this.#answer(reply, found ? viewOf(found) : { error: notFound(of, request.name) });
  }

  list(
    of: DefinitionKind,
    request: ListDefinitionsRequest,
    reply: Reply<DefinitionsReply<AnyDefinitionView>>,
  ): void {
    const { cursor, limit = LISTED_DEFAULT } = request;
    const items: AnyDefinitionView[] = [];
    let last: string | undefined;
    for (const definition of this.#parts.state.definitions.list(of, this.#namespaceOf(request), cursor)) {
      if (items.length === limit) {
        last = items.at(-1)?.name;
        break;
      }
      items.push(viewOf(definition));
    }
    this.#parts.outbox.afterCommit(() => reply({ items, ...(last !== undefined && { cursor: last }) }));
  }

  delete(of: DefinitionKind, request: DeleteDefinitionRequest, reply: ViewReply): void {
    const found = this.#find(of, request);
    if (found === undefined) return this.#answer(reply, { error: notFound(of, request.name) });
    const error =
      this.#stopping() ??
      unexpected({ of, name: found.name }, found, request.expect) ??
      this.#parts.rules[of].deletionRefusalOf?.(found);
    if (error) return this.#answer(reply, { error });
    const { namespace, name } = found;
    this.#record({ kind: 'definition', at: this.#parts.clock.now(), of, namespace, name, gone: true });
    this.#answer(reply, viewOf(found));
  }

  /** Notes something of a definition, in the journal entry of this turn. It replaces the status before, so it says all that there is to say. */
  note({ of, namespace, name }: Definition, status: object): void {
    this.#record({ kind: 'definition', at: this.#parts.clock.now(), of, namespace, name, status });
  }

  #change(record: DefinitionRecord, reply: ViewReply): void {
    const error = refusalOf(() => this.#record(record));
    if (error) return this.#answer(reply, { error });
    this.get(record.of, record, reply);
  }

  #record(record: DefinitionRecord): void {
    this.#parts.outbox.record(record);
    this.#parts.state.definitions.apply(record);
    this.#parts.requestTurn();
  }

  #find(of: DefinitionKind, request: GetDefinitionRequest): Definition | undefined {
    return this.#parts.state.definitions.get(of, this.#namespaceOf(request), request.name);
  }

  #namespaceOf({ namespace }: { readonly namespace?: string | undefined }): string {
    return namespace ?? this.#parts.options.defaults.namespace;
  }

  #stopping(): Problem | undefined {
    return this.#parts.accepts() ? undefined : NOT_RUNNING;
  }

  #full(of: DefinitionKind, namespace: string, before: Definition | undefined): Problem | undefined {
    const max = DEFINITION_LIMITS.ofKind;
    if (before || this.#parts.state.definitions.count(of, namespace) < max) return undefined;
    return {
      code: 'QUEUE_FULL',
      message: `namespace ${namespace} has ${max} definitions of kind ${of} already`,
    };
  }

  #answer(reply: ViewReply, answer: OrProblem<AnyDefinitionView>): void {
    this.#parts.outbox.afterCommit(() => reply(answer));
  }
}

const viewOf = (definition: Definition): AnyDefinitionView => {
  const { of: _, ...view } = definition;
  return view;
};

/** Why a definition is not changed: it has another revision than its client expects. */
const unexpected = (
  { of, name }: { readonly of: DefinitionKind; readonly name: string },
  before: Definition | undefined,
  expect: number | undefined,
): Problem | undefined => {
  const revision = before?.revision ?? 0;
  if (expect === undefined || expect === revision) return undefined;
  const has = before ? `has the revision ${revision}` : 'does not exist';
  return {
    code: 'PRECONDITION_FAILED',
    message: `${of} ${name} ${has}; expected revision ${expect}`,
    details: { revision },
  };
};

export const notFound = (of: DefinitionKind, name: string): Problem => ({
  code: 'DEFINITION_NOT_FOUND',
  message: `the namespace has no ${of} ${name}`,
});

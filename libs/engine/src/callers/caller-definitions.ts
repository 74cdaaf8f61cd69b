import { may } from '@precedent/access';
import type { CompiledPrincipal } from '@precedent/access';
import { ANY, DEFINITION_RIGHTS } from '@precedent/contract-types';
import type {
  AccessScope,
  DefinitionKind,
  DefinitionsReply,
  DeleteDefinitionRequest,
  GetDefinitionRequest,
  ListDefinitionsRequest,
  PutDefinitionRequest,
} from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { AnyDefinitionView, DefinitionApi, OrProblem, Reply } from '@precedent/ports';
import { notFound } from '../definitions/definitions.ts';
import type { DefinitionRulesOf, OfferedDefinition } from '../definitions/definition-rules.ts';

type ViewReply = Reply<OrProblem<AnyDefinitionView>>;

export interface CallerDefinitionsParts {
  readonly definitions: DefinitionApi;
  readonly rules: DefinitionRulesOf;
  readonly principal: CompiledPrincipal;
  /** What the caller may read. */
  readonly scope: AccessScope;
  /** Why the caller may not give a spec, in addition to the right to change its definition. */
  readonly specRefusal: (of: DefinitionKind, definition: OfferedDefinition) => Problem | undefined;
  readonly now: EpochMs;
}

/** The definitions of a namespace that a caller may see and change. One outside its scope is answered as one that does not exist. */
export class CallerDefinitions implements DefinitionApi {
  readonly #parts: CallerDefinitionsParts;

  constructor(parts: CallerDefinitionsParts) {
    this.#parts = parts;
  }

  put(of: DefinitionKind, request: PutDefinitionRequest<object>, reply: ViewReply): void {
    const { definitions, principal, scope } = this.#parts;
    const { namespace } = scope;
    const offered = { ...request, namespace, by: principal.principal.name };
    const error = this.#refusal(of, offered) ?? this.#parts.specRefusal(of, offered);
    if (error) return reply({ error });
    // Another spec may take a definition out of a project: that needs the right where it was, too.
    definitions.get(of, offered, (before) => {
      const wasRefused = isView(before) ? this.#refusal(of, before) : undefined;
      if (wasRefused) reply({ error: wasRefused });
      else definitions.put(of, offered, reply);
    });
  }

  get(of: DefinitionKind, { name }: GetDefinitionRequest, reply: ViewReply): void {
    const { definitions, scope } = this.#parts;
    definitions.get(of, { name, namespace: scope.namespace }, (answer) =>
      reply(isView(answer) && this.#sees(of, answer) ? answer : { error: notFound(of, name) }),
    );
  }

  list(
    of: DefinitionKind,
    request: ListDefinitionsRequest,
    reply: Reply<OrProblem<DefinitionsReply<AnyDefinitionView>>>,
  ): void {
    const { definitions, scope } = this.#parts;
    definitions.list(of, { ...request, namespace: scope.namespace }, (answer) => {
      if ('error' in answer) return reply(answer);
      reply({ ...answer, items: answer.items.filter((item) => this.#sees(of, item)) });
    });
  }

  delete(of: DefinitionKind, request: DeleteDefinitionRequest, reply: ViewReply): void {
    this.changeable(of, request, (error) => {
      if (error) return reply({ error });
      this.#parts.definitions.delete(of, { ...request, namespace: this.#parts.scope.namespace }, reply);
    });
  }

  /** Replies why the caller may not change a definition; `undefined` when it may. */
  changeable(of: DefinitionKind, request: GetDefinitionRequest, reply: Reply<Problem | undefined>): void {
    this.get(of, request, (found) => reply(isView(found) ? this.#refusal(of, found) : found.error));
  }

  #sees(of: DefinitionKind, definition: OfferedDefinition): boolean {
    const { projects } = this.#parts.scope;
    if (projects === ANY) return true;
    const project = this.#projectOf(of, definition);
    return project !== undefined && projects.includes(project);
  }

  #refusal(of: DefinitionKind, definition: OfferedDefinition): Problem | undefined {
    const { principal, now } = this.#parts;
    const { namespace } = definition;
    const project = this.#projectOf(of, definition) ?? ANY;
    const isOfCell = this.#parts.rules[of].isOfCell?.(definition) === true;
    const requirement = { right: DEFINITION_RIGHTS[of], reach: isOfCell ? 'cell' : 'namespace' } as const;
    const verdict = may(principal, requirement, { namespace, project }, now);
    return verdict.allowed ? undefined : verdict.problem;
  }

  #projectOf(of: DefinitionKind, definition: OfferedDefinition): string | undefined {
    return this.#parts.rules[of].projectOf?.(definition);
  }
}

const isView = (answer: OrProblem<AnyDefinitionView>): answer is AnyDefinitionView => 'spec' in answer;

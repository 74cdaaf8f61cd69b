import { DEFINITION_KINDS } from '@precedent/contract-types';
import type { DefinitionKind } from '@precedent/contract-types';
import { definitionAfter } from '@precedent/tasks';
import type { Definition, DefinitionRecord } from '@precedent/tasks';
import { NamedDefinitions } from './named-definitions.ts';

/** A definition has another spec: a new one has no `before`, one that is gone no `after`. */
export interface DefinitionChange {
  readonly before: Definition | undefined;
  readonly after: Definition | undefined;
}

type Watcher = (change: DefinitionChange) => void;

/** All definitions of a cell: the fold of their records. */
export class DefinitionTable {
  readonly #kinds = new Map<DefinitionKind, Map<string, NamedDefinitions>>();
  readonly #watchers = new Map<DefinitionKind, Watcher[]>();

  constructor() {
    for (const kind of DEFINITION_KINDS) {
      this.#kinds.set(kind, new Map());
      this.#watchers.set(kind, []);
    }
  }

  get(of: DefinitionKind, namespace: string, name: string): Definition | undefined {
    return this.#kinds.get(of)?.get(namespace)?.get(name);
  }

  count(of: DefinitionKind, namespace: string): number {
    return this.#kinds.get(of)?.get(namespace)?.size ?? 0;
  }

  /** Of a kind, in all namespaces. */
  countOf(of: DefinitionKind): number {
    return [...(this.#kinds.get(of)?.values() ?? [])].reduce((sum, { size }) => sum + size, 0);
  }

  /** Those of a namespace behind a name, in the order of their names. */
  list(of: DefinitionKind, namespace: string, after?: string): Iterable<Definition> {
    return this.#kinds.get(of)?.get(namespace)?.after(after) ?? [];
  }

  /** Those of a kind, in no order. */
  *ofKind(of: DefinitionKind): Generator<Definition> {
    for (const named of this.#kinds.get(of)?.values() ?? []) yield* named.all();
  }

  *all(): Generator<Definition> {
    for (const kind of DEFINITION_KINDS) yield* this.ofKind(kind);
  }

  /** Calls back at every change of a spec from now on, in the turn of the change; a new status is none. */
  watch(of: DefinitionKind, watcher: Watcher): void {
    this.#watchers.get(of)?.push(watcher);
  }

  apply(record: DefinitionRecord): void {
    const before = this.get(record.of, record.namespace, record.name);
    const after = definitionAfter(before, record);
    if (after) this.restore(after);
    else if (before) this.#remove(before);
    if (record.spec === undefined && record.gone === undefined) return;
    for (const watcher of this.#watchers.get(record.of) ?? []) watcher({ before, after });
  }

  /** Inserts a definition as it is, also one from a snapshot. */
  restore(definition: Definition): void {
    const named = this.#kinds.get(definition.of);
    const known = named?.get(definition.namespace) ?? new NamedDefinitions();
    named?.set(definition.namespace, known);
    known.set(definition);
  }

  #remove({ of, namespace, name }: Definition): void {
    const named = this.#kinds.get(of)?.get(namespace);
    named?.delete(name);
    if (named?.size === 0) this.#kinds.get(of)?.delete(namespace);
  }
}

import { ChurnMap } from '@precedent/kernel';
import type { Definition } from '@precedent/tasks';

/** The definitions of one kind in one namespace. Their order is made when a list is requested, and kept until a name comes or goes. */
export class NamedDefinitions {
  readonly #byName = new ChurnMap<string, Definition>();
  #names: readonly string[] | undefined;

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): Definition | undefined {
    return this.#byName.get(name);
  }

  all(): Iterable<Definition> {
    return this.#byName.values();
  }

  /** Those behind a name, in the order of their names; it lasts until the next change. */
  *after(name = ''): Generator<Definition> {
    const names = (this.#names ??= [...this.#byName.keys()].toSorted());
    for (let index = firstAfter(names, name); index < names.length; index++) {
      const definition = this.#byName.get(names[index] ?? '');
      if (definition) yield definition;
    }
  }

  set(definition: Definition): void {
    if (!this.#byName.has(definition.name)) this.#names = undefined;
    this.#byName.set(definition.name, definition);
  }

  delete(name: string): void {
    if (this.#byName.delete(name)) this.#names = undefined;
  }
}

const firstAfter = (names: readonly string[], name: string): number => {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? '') <= name) low = middle + 1;
    else high = middle;
  }
  return low;
};

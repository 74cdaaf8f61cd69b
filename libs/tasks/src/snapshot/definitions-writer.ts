import type { Definition } from '../definition.ts';
import { SNAPSHOT_VERSION } from './snapshot-format.ts';

/** One entry of definitions in the making. */
export class DefinitionsWriter {
  readonly #texts: string[] = [];
  #bytes = 0;

  get count(): number {
    return this.#texts.length;
  }

  /** `false`, and the definition is not in it, when it would make more than `bytesMax` of what is not empty. */
  add(definition: Definition, bytesMax: number): boolean {
    const text = JSON.stringify(definition);
    const bytes = Buffer.byteLength(text);
    if (this.#texts.length > 0 && this.#bytes + bytes > bytesMax) return false;
    this.#texts.push(text);
    this.#bytes += bytes;
    return true;
  }

  finish(): string {
    return `{"v":${SNAPSHOT_VERSION},"kind":"definitions","definitions":[\n${this.#texts.join(',\n')}]}`;
  }
}

import type { WorkflowSpec } from '@precedent/contract-types';
import type { RunState } from '@precedent/orchestration';
import { SNAPSHOT_VERSION } from './snapshot-format.ts';
import type { StoredRunEntry } from './snapshot-format.ts';

/** One entry of runs in the making. A definition that several of them follow is written once. */
export class RunsWriter {
  readonly #definitions = new Map<WorkflowSpec, number>();
  readonly #definitionTexts: string[] = [];
  readonly #runs: string[] = [];
  #bytes = 0;

  get count(): number {
    return this.#runs.length;
  }

  /** `false`, and the run is not in it, when it would make more than `bytesMax` of what is not empty. */
  add(id: string, run: RunState, bytesMax: number): boolean {
    const { definition, ...stored } = run.stored();
    const entry: StoredRunEntry = [id, this.#definitions.get(definition) ?? this.#definitions.size, stored];
    const text = JSON.stringify(entry);
    const bytes = Buffer.byteLength(text);
    if (this.#runs.length > 0 && this.#bytes + bytes > bytesMax) return false;
    this.#addDefinition(definition);
    this.#runs.push(text);
    this.#bytes += bytes;
    return true;
  }

  #addDefinition(definition: WorkflowSpec): void {
    if (this.#definitions.has(definition)) return;
    const text = JSON.stringify(definition);
    this.#bytes += Buffer.byteLength(text);
    this.#definitions.set(definition, this.#definitionTexts.push(text) - 1);
  }

  /** `asOf`: the sequence of the last journal entry that the runs have seen. */
  finish(asOf: number): string {
    const [definitions, runs] = [this.#definitionTexts.join(','), this.#runs.join(',\n')];
    return `{"v":${SNAPSHOT_VERSION},"kind":"runs","asOf":${asOf},"definitions":[${definitions}],"runs":[\n${runs}]}`;
  }
}

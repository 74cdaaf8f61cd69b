import type { DeniedAccess } from './denied-line.ts';

/** Denials of one credential and operation that are kept one by one, until they are taken; more are counted. */
const LISTED = 10;
/** Credentials with operations that have a count of their own; all others share one. */
const KINDS_MAX = 1_000;

/** Denials that wait to be recorded. A client may be denied something a hundred thousand times a second. */
export class DeniedCounts {
  readonly #kinds = new Map<string, DeniedAccess[]>();

  add(denied: DeniedAccess): void {
    const own = `${denied.operation} ${denied.credential}`;
    const key = this.#kinds.has(own) || this.#kinds.size < KINDS_MAX ? own : OTHERS;
    const kind = this.#kinds.get(key) ?? [];
    this.#kinds.set(key, kind);
    const last = kind[LISTED];
    if (last === undefined) kind.push(denied);
    else kind[LISTED] = { ...last, count: (last.count ?? 1) + (denied.count ?? 1) };
  }

  /** All that was added since the last time. */
  take(): DeniedAccess[] {
    const all = [...this.#kinds.values()].flat();
    this.#kinds.clear();
    return all;
  }
}

const OTHERS = '';

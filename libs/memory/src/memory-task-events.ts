import { OPEN_SCOPE, isInScope } from '@precedent/access';
import type { AccessScope, JournalledEvent } from '@precedent/contract-types';
import { AppError, WaitingReaders, sequenceText } from '@precedent/kernel';
import { FIRST_SEQUENCE, isWanted } from '@precedent/ports';
import type { StreamedEvent, TaskEvents, TaskEventsRequest } from '@precedent/ports';

/** What a caller may read now. Throws UNAUTHENTICATED or FORBIDDEN. */
type ScopeOf = (caller: TaskEventsRequest['caller']) => AccessScope;

/** Events of tasks that a program adds. */
export class MemoryTaskEvents implements TaskEvents {
  /** While it is so, no stream can begin, and those that there are wait. */
  isAway = false;
  readonly #scopeOf: ScopeOf;
  readonly #waiting = new WaitingReaders();
  #events: JournalledEvent[] = [];
  #entry = 0;
  #last = FIRST_SEQUENCE;
  #forgotten = FIRST_SEQUENCE;

  constructor(scopeOf: ScopeOf = () => OPEN_SCOPE) {
    this.#scopeOf = scopeOf;
  }

  /** Adds events as one entry of a journal. */
  add(...events: readonly Omit<JournalledEvent, 'sequence'>[]): void {
    this.#entry++;
    for (const [index, event] of events.entries()) {
      this.#last = sequenceText(this.#entry, index);
      this.#events.push({ ...event, sequence: this.#last });
    }
    this.wake();
  }

  /** Forgets every event that there is. */
  forget(): void {
    this.#events = [];
    this.#forgotten = this.#last;
  }

  /** Lets the streams look again: whether the events are away, and what their callers may read. */
  wake(): void {
    this.#waiting.wake();
  }

  async *events({ caller, filter, after, signal }: TaskEventsRequest): AsyncGenerator<StreamedEvent> {
    if (this.isAway) throw new AppError('HISTORY_UNAVAILABLE', 'the events are away');
    let scope = this.#scopeOf(caller);
    let at = after ?? this.#last;
    yield { kind: 'position', at };
    for (let known = at; !signal.aborted; scope = this.#scopeOf(caller)) {
      const next = this.#next(at);
      if (next === undefined) {
        if (known === at) await this.#waiting.next(signal);
        else yield { kind: 'position', at: (known = at) };
      } else if (next.kind === 'gap') {
        yield next;
        known = at = next.to;
      } else {
        at = next.event.sequence;
        if (!isInScope(scope, next.event) || !isWanted(next.event, filter)) continue;
        yield next;
        known = at;
      }
    }
  }

  #next(at: string): Exclude<StreamedEvent, { kind: 'position' }> | undefined {
    if (this.isAway) return undefined;
    if (at < this.#forgotten) return { kind: 'gap', from: at, to: this.#forgotten };
    const event = this.#events.find(({ sequence }) => sequence > at);
    return event && { kind: 'event', event };
  }
}

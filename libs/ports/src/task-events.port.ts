import type { HistoryFeedRequest, JournalledEvent } from '@precedent/contract-types';
import type { CallingPrincipal } from './operation-calls.port.ts';

/** All conditions hold together; values of one list are alternatives. */
export type TaskEventFilter = Pick<
  HistoryFeedRequest,
  'namespace' | 'project' | 'projects' | 'band' | 'type' | 'event' | 'task'
>;

/** An event; or that those behind `from` up to `to` are not known any more; or that the reader has all up to a place, from which it can go on. */
export type StreamedEvent =
  | { readonly kind: 'event'; readonly event: JournalledEvent }
  | { readonly kind: 'gap'; readonly from: string; readonly to: string }
  | { readonly kind: 'position'; readonly at: string };

export interface TaskEventsRequest {
  /** Absent where access is open. */
  readonly caller: CallingPrincipal | undefined;
  readonly filter: TaskEventFilter;
  /** The sequence of the last event that the reader has; absent: it wants what comes from now on. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

/** Events of tasks as streams that can be continued. */
export interface TaskEvents {
  /**
   * Events that the caller may see, in the order of the journal, without a gap that is not stated and without a double. It waits for more
   * until the signal is aborted, gives its position at the beginning and from time to time, and for as long as the history is away once it has begun. A slow reader is read for as slowly. Throws
   * UNAUTHENTICATED or FORBIDDEN as soon as the caller may not read any more, and HISTORY_UNAVAILABLE or INVALID_REQUEST at the beginning.
   */
  events(request: TaskEventsRequest): AsyncIterable<StreamedEvent>;
}

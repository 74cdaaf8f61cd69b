import type { SpanRef } from './ids.ts';

export type SpanValue = string | number | boolean | readonly string[] | readonly number[];
/** Ours have the common prefix, on spans and on their events. */
export type SpanAttributeName = `precedent.${string}` | `messaging.${string}` | 'error.type';
export type SpanAttributes = Readonly<Partial<Record<SpanAttributeName, SpanValue | undefined>>>;

/**
 * Milliseconds that a span takes at least: a collector takes one without length for one of negative length. Two microseconds, as
 * a power of two: epoch milliseconds with it are exact.
 */
export const TICK_MS = 2 ** -9;

/** Why one span points at another: `precedent.link.type` of the link, and, as many backends drop that, `precedent.links.<type>` of the span. */
export type LinkType =
  /** The context in which the task was submitted. */
  | 'submit'
  /** The run of the same attempt before this one. */
  | 'resumed_from'
  /** The run before this one, of another attempt. */
  | 'retry_of'
  /** The decision that took the place of this task. */
  | 'preempted_by'
  /** Whom the decision was made for: where it was submitted, and the run that it led to. */
  | 'preemptor'
  | 'preemptor_run'
  /** Whose place was taken. */
  | 'victim'
  /** The run that had announced what is undone now. */
  | 'undoes';

export interface SpanLink {
  readonly to: SpanRef;
  readonly type: LinkType;
}

export interface SpanEvent {
  readonly name: string;
  readonly at: number;
  readonly attributes: SpanAttributes;
}

/** A span that is over, as plain values. Times are epoch milliseconds. */
export interface SpanRecord {
  readonly name: string;
  readonly kind: 'internal' | 'client' | 'consumer';
  readonly ref: SpanRef;
  readonly parent?: SpanRef | undefined;
  readonly startAt: number;
  readonly endAt: number;
  readonly attributes: SpanAttributes;
  readonly links: readonly SpanLink[];
  readonly events: readonly SpanEvent[];
  /** What failed; absent: nothing did. A preemption is no failure. */
  readonly error?: string | undefined;
}

/** The attributes that every span about the queue of a band has. */
export const messaging = (operation: string, type: string | undefined, band: string): SpanAttributes => ({
  'messaging.system': 'nats',
  'messaging.operation.name': operation,
  'messaging.operation.type': type,
  'messaging.destination.name': `tasks.${band}`,
});

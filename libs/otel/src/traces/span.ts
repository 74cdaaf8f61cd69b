import type { SpanRef } from './ids.ts';

export type SpanValue = string | number | boolean | readonly string[] | readonly number[];
/** Names of our own begin with `precedent.`, on spans and on their events. */
export type SpanAttributeName =
  | `precedent.${string}`
  | `messaging.${string}`
  | `http.${string}`
  | `rpc.${string}`
  | `mcp.${string}`
  | `gen_ai.${string}`
  | 'error.type';
export type SpanAttributes = Readonly<Partial<Record<SpanAttributeName, SpanValue | undefined>>>;

/**
 * The shortest duration of a span, in milliseconds: some collectors refuse a span that ends when it starts. About two microseconds, as a
 * power of two, so that adding it to epoch milliseconds is exact.
 */
export const SPAN_MIN_MS = 2 ** -9;

/** Why one span points at another: `precedent.link.type` of the link, and, as many backends drop that, `precedent.links.<type>` of the span. */
export type LinkType =
  /** The context in which the task was submitted. */
  | 'submit'
  /** The run of the same attempt before this one. */
  | 'resumed_from'
  /** The run before this one, of another attempt. */
  | 'retry_of'
  /** The decision that this run was a victim of. */
  | 'preempted_by'
  /** The task that the decision was made for: where it was submitted, and the run that followed. */
  | 'preemptor'
  | 'preemptor_run'
  /** The run of a victim. */
  | 'victim'
  /** The run that had registered the rollback action. */
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

/** A span that has ended, as plain values. Times are epoch milliseconds. */
export interface SpanRecord {
  readonly name: string;
  readonly kind: 'internal' | 'client' | 'consumer' | 'server';
  readonly ref: SpanRef;
  readonly parent?: SpanRef | undefined;
  readonly startAt: number;
  readonly endAt: number;
  readonly attributes: SpanAttributes;
  readonly links: readonly SpanLink[];
  readonly events: readonly SpanEvent[];
  /** The error code of a failure. A preemption is no failure. */
  readonly error?: string | undefined;
}

/** The attributes that every span about the queue of a band has. */
export const messaging = (operation: string, type: string | undefined, band: string): SpanAttributes => ({
  'messaging.system': 'nats',
  'messaging.operation.name': operation,
  'messaging.operation.type': type,
  'messaging.destination.name': `tasks.${band}`,
});

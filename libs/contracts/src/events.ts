import type { TaskEventName } from '@precedent/contract-types';

/** CloudEvents 1.0 over NATS, binary mode: these attributes are headers with the prefix `ce-`, the body is the data. */
export interface CloudEventAttributes {
  readonly specversion: '1.0';
  /** Unique within its source: task id, epoch and event. */
  readonly id: string;
  readonly source: string;
  readonly type: `precedent.task.${TaskEventName}.v1`;
  /** The task's id. */
  readonly subject: string;
  /** RFC 3339. */
  readonly time: string;
}

/** The body of every task event. What does not apply is absent. */
export interface TaskEvent {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  /** Its name, and what it runs as one line, both cut; absent where it has none, or a body of more than 16 KiB. */
  readonly name?: string;
  readonly commandLine?: string;
  readonly band: string;
  readonly event: TaskEventName;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly attempt: number;
  readonly worker?: string;
  /** Progress: 0 to 1. */
  readonly fraction?: number;
  readonly message?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  /** Retries used up, with `retrying` and `failed`. */
  readonly retries?: number;
  /** When the next attempt is due, with `retrying`. */
  readonly dueAt?: number;
  /** Why, with `cancelled`, `stopping` and `requeued`. */
  readonly reason?: string;
}

/** The body of an event about the machine of a worker: `precedent.worker.alert_raised.v1` and `…alert_cleared.v1`. */
export interface WorkerAlert {
  readonly event: 'alert_raised' | 'alert_cleared';
  readonly measure: 'cpu' | 'memory' | 'disk' | 'ioWait';
  readonly level: string;
  /** Smoothed, 0 to 1. */
  readonly value: number;
  /** Where the level begins that was reached, or left. */
  readonly threshold: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

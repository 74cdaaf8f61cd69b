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
  /** The same as that of the body. */
  readonly sequence?: string;
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

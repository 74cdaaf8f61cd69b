import type { TaskEvent, TaskView } from '@precedent/contract-types';

/** Where events of a task are found. */
export type EventSource = Pick<TaskView, 'id' | 'namespace' | 'project' | 'type' | 'security'>;

/** Events that are no records of the journal: progress, a blocked worker, a time that has passed. */
export interface PassingEvents {
  /** Calls `onEvent` with those of a task as they happen, each at most once, until the returned function is called. */
  follow(task: EventSource, onEvent: (event: TaskEvent) => void): () => void;
}

/** The output of tasks. Best effort: what cannot be removed now goes with its age. */
export interface TaskLogs {
  remove(task: string): void;
}

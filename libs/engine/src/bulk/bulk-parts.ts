import type { EpochMs } from '@precedent/kernel';
import type { Callers, EngineApi, ObjectStore, RecordAction, SettledTasks } from '@precedent/ports';
import type { TaskDefaults } from '@precedent/tasks';

/** What operations on many tasks use. */
export interface BulkParts {
  readonly engine: Pick<EngineApi, 'forCaller' | 'tasks' | 'workers' | 'select'>;
  /** Where the sets are, and nothing else. */
  readonly sets: ObjectStore;
  readonly settled: SettledTasks;
  /** Absent where access is open. */
  readonly callers?: Callers | undefined;
  /** Absent where access is open. */
  readonly record?: RecordAction | undefined;
  readonly defaults: Pick<TaskDefaults, 'namespace' | 'project'>;
  readonly now: () => EpochMs;
  /** Unguessable: who knows it, and the digest of the set, can start it. */
  readonly newId: () => string;
}

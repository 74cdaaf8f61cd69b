export type { Executor, ExecutorFailure, Job, JobContext, StopRequest } from './executor.port.ts';

import type { Job } from '@precedent/contract-types';

/** The trace context for the programs that an attempt starts or calls: that of its run, or else of its submitter. */
export const traceparentOf = ({ traceparent, task }: Job): string | undefined =>
  traceparent ?? task.traceparent;

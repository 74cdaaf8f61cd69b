import type { Job } from '@precedent/contract-types';

/** What an attempt hands on to whatever it starts or calls: the trace context of its run, or else of its submitter. */
export const traceparentOf = ({ traceparent, task }: Job): string | undefined =>
  traceparent ?? task.traceparent;

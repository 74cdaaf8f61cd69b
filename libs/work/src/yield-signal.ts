import type { YieldRequest } from '@precedent/contract-types';

/** Thrown by an attempt that ends at a safe point. The worker session recognises it by its name. */
export class AttemptYield extends Error {
  /** The spelling by which sessions recognise it. */
  override readonly name = 'YieldSignal';
  /** The request to yield; `undefined` when the code yielded by itself. */
  readonly request: YieldRequest | undefined;

  constructor(request: YieldRequest | undefined) {
    super(`the task yields (${request?.reason ?? 'by itself'}); it goes on later from its last checkpoint`);
    this.request = request;
  }
}

/** The request that a signal was aborted with, if it was. One without a request counts as a preemption with no time left. */
export const yieldRequestOf = (signal: AbortSignal): YieldRequest | undefined => {
  if (!signal.aborted) return undefined;
  const { reason, deadlineMs } = Object(signal.reason) as Partial<YieldRequest>;
  const isRequest = (reason === 'preempted' || reason === 'drain') && typeof deadlineMs === 'number';
  return isRequest ? { reason, deadlineMs } : { reason: 'preempted', deadlineMs: 0 };
};

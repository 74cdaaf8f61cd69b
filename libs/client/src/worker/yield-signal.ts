import type { YieldRequest } from '@precedent/contracts';
import { errorName } from '@precedent/kernel';

export type { YieldRequest } from '@precedent/contracts';

/**
 * Thrown at a safe point of a task that was asked to yield. Let it through: it is how the handler ends. A handler may throw
 * one of its own to go on later, in at most 1,000 runs of the task.
 */
export class YieldSignal extends Error {
  override readonly name = 'YieldSignal';
  /** `undefined`: nobody had asked. */
  readonly request: YieldRequest | undefined;

  constructor(request?: YieldRequest) {
    super(`the task yields (${request?.reason ?? 'by itself'}); it goes on later from its last checkpoint`);
    this.request = request;
  }
}

/** Recognised by its name, not by its class: two copies of the package must agree. */
export const isYield = (error: unknown): error is YieldSignal => errorName(error) === 'YieldSignal';

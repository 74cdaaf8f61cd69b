import { AppError } from '@precedent/kernel';
import type { OperationCalls } from '@precedent/ports';

/** Keys and grants are served where access is required only: elsewhere the answer says so, and not that an engine is away. */
export const servedCalls = (calls: OperationCalls, isClosed: boolean): OperationCalls => ({
  call: async (call) => {
    if (isClosed || call.group !== 'access') return calls.call(call);
    throw new AppError(
      'INVALID_REQUEST',
      'access is open here: keys and grants count with access.required only',
    );
  },
});

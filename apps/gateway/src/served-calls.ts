import { AppError } from '@precedent/kernel';
import type { OperationCall, OperationTexts } from '@precedent/ports';

/** Keys and grants are served where access is required only: elsewhere the answer says so, and not that an engine is away. */
export const servedCalls = (calls: OperationTexts, isClosed: boolean): OperationTexts =>
  isClosed
    ? calls
    : {
        call: async (call) => calls.call(served(call)),
        text: async (call) => calls.text(served(call)),
      };

const served = (call: OperationCall): OperationCall => {
  if (call.group !== 'access') return call;
  throw new AppError(
    'INVALID_REQUEST',
    'access is open here: keys and grants count with access.required only',
  );
};

import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { catalogue, problemOf } from '@precedent/kernel';
import { handleOwner } from '../tool-context.ts';
import type { ToolContext } from '../tool-context.ts';
import type { TaskRef } from './handle.ts';

/** Throws the error that an unknown task has, for a handle of another principal too. */
export const openHandle = (handle: string, { handles, session }: ToolContext): TaskRef => {
  const ref = handles.open(handle, handleOwner(session));
  if (ref === undefined) throw unknownTask();
  return ref;
};

const unknownTask = (): ProtocolError =>
  new ProtocolError(ProtocolErrorCode.InvalidParams, 'no task has this id, or it is not yours');

/** What a refused or failed request is in the protocol. Its text is ours: no service quotes a task in it. */
export const protocolErrorOf = (error: unknown): ProtocolError => {
  if (error instanceof ProtocolError) return error;
  const { code, message, retryAfterMs } = problemOf(error);
  if (code === 'TASK_NOT_FOUND' || code === 'FORBIDDEN') return unknownTask();
  const { remedy, retry } = catalogue[code];
  return new ProtocolError(ProtocolErrorCode.InternalError, message, { code, retry, remedy, retryAfterMs });
};

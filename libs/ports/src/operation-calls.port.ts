import { isAppError } from '@precedent/kernel';

/** On whose behalf an operation is called: the services decide what it may see. */
export interface CallingPrincipal {
  readonly namespace: string;
  /** The id of a credential that was verified. */
  readonly credential: string;
}

/** One call of an operation of the catalogue. */
export interface OperationCall {
  readonly group: string;
  /** Of a submission: the band of tasks that name none. */
  readonly verb: string;
  /** JSON; the service checks it. */
  readonly request: unknown;
  /** Absent where access is open. */
  readonly caller?: CallingPrincipal | undefined;
  /** How long the answer may take. Milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** W3C trace context of the request that this call belongs to. */
  readonly traceparent?: string | undefined;
}

/** How an interface that is no NATS client reaches the services behind the catalogue. */
export interface OperationCalls {
  /**
   * The reply, as its schema in the catalogue describes it. Rejects with the error of the service, and with ENGINE_NOT_RUNNING,
   * HISTORY_UNAVAILABLE or VECTORS_UNAVAILABLE when no service answers.
   */
  call(call: OperationCall): Promise<unknown>;
}

/**
 * The same, except that a task which the engine has forgotten is found in the history. Where that does not answer, the engine's answer
 * holds.
 */
export const findingForgotten = (calls: OperationCalls): OperationCalls => ({
  call: async (call) => {
    try {
      return await calls.call(call);
    } catch (error) {
      if (call.group !== 'task' || call.verb !== 'get' || !isNotFound(error)) throw error;
      return calls.call({ ...call, group: 'history' }).then(
        (found) => (found as { readonly task: unknown }).task,
        () => Promise.reject(error),
      );
    }
  },
});

const isNotFound = (error: unknown): error is Error => isAppError(error) && error.code === 'TASK_NOT_FOUND';

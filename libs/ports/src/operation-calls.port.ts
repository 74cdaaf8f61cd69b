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
  /** Aborted when the client does not wait for the answer any more: the call then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** W3C trace context of the request that this call belongs to. */
  readonly traceparent?: string | undefined;
}

/** How an interface that is no NATS client reaches the services behind the catalogue. */
export interface OperationCalls {
  /**
   * The reply, as its schema in the catalogue describes it. Rejects with the error of the service, and with NATS_UNREACHABLE, ENGINE_NOT_RUNNING,
   * HISTORY_UNAVAILABLE or VECTORS_UNAVAILABLE when no service answers.
   */
  call(call: OperationCall): Promise<unknown>;
}

/** For an interface that passes replies on as they are. */
export interface OperationTexts extends OperationCalls {
  /** The same reply as the JSON text that the service wrote. */
  text(call: OperationCall): Promise<string>;
}

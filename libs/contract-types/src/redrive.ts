/** Which task a task repeats, as its body says it. The members are in the order of RFC 8785. */
export interface RedriveOf {
  /** The bulk task that has submitted it. */
  readonly bulk?: string;
  /** The id from which handlers make their idempotency keys; absent: that of the task itself. */
  readonly keys?: string;
  /** The id of the task that it repeats. */
  readonly task: string;
  /** 1 for a repetition of a task that repeats no other. */
  readonly times: number;
}

/** The verdicts after which a task can be run again. */
export const REDRIVABLE = ['failed', 'timed_out', 'cancelled', 'skipped'] as const;

export const REDRIVE_LIMITS = {
  /** Repetitions of repetitions: a task that fails each time is not to run for ever. */
  times: 5,
  /** Skipped tasks that one request reopens. */
  dependants: 500,
} as const;

/** How a task is run again. */
export interface RedriveOptions {
  /** A JSON merge patch (RFC 7396) for what was submitted: `{"timeouts": {"attempt": "10m"}}`. */
  readonly edit?: Readonly<Record<string, unknown>> | undefined;
  /** Its handlers get the idempotency keys of the task that is repeated, so that effects which took place are not repeated. */
  readonly keepKeys?: boolean | undefined;
}

export interface RetryRequest extends RedriveOptions {
  readonly id: string;
  /** The tasks that were skipped because of it run again, too. */
  readonly dependants?: boolean | undefined;
  /** The `revision` of the task. */
  readonly expect?: string | undefined;
}

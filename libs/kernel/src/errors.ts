/** Whether the same request may succeed later without a change to it. */
export type Retry = 'never' | 'later';

/** One row for every interface: HTTP status, gRPC code, CLI exit code, and what a person can do about it. */
export interface ErrorRow {
  readonly http: number;
  readonly grpc: number;
  readonly exit: number;
  readonly retry: Retry;
  readonly summary: string;
  readonly remedy: string;
}

const row = (
  [http, grpc, exit]: readonly [number, number, number],
  retry: Retry,
  summary: string,
  remedy: string,
): ErrorRow => ({ http, grpc, exit, retry, summary, remedy });

/** Every refusal and fault that leaves Precedent. `docs/errors.md` is generated from it; codes never change meaning. */
export const catalogue = {
  INVALID_TASK: row([400, 3, 65], 'never', 'The task is not valid.', 'Correct what the error names.'),
  INVALID_REQUEST: row([400, 3, 65], 'never', 'The request is not valid.', 'Correct what the error names.'),
  INVALID_CONFIG: row(
    [400, 3, 78],
    'never',
    'The configuration is not valid.',
    'Correct the keys that the error lists; `precedent config` shows where each value comes from.',
  ),
  PAYLOAD_TOO_LARGE: row(
    [413, 3, 65],
    'never',
    'The task is larger than the limit.',
    'Store the payload elsewhere and send a reference to it.',
  ),
  TASK_NOT_FOUND: row(
    [404, 5, 66],
    'never',
    'No task with this id is active or recent.',
    'Check the id; `precedent list` shows those there are, older ones too.',
  ),
  DEPENDENCY_NOT_FOUND: row(
    [404, 5, 66],
    'never',
    'No task of the namespace has the id of a dependency.',
    'Submit that task first or in the same list, or say with `expect` how long it may be missing.',
  ),
  DEPENDENCY_CYCLE: row(
    [409, 9, 65],
    'never',
    'The task would wait for itself, over the tasks that the error names.',
    'Leave one of these dependencies out.',
  ),
  DEPENDENCY_REFUSED: row(
    [409, 9, 65],
    'never',
    'A task of the same submission that it depends on was refused.',
    'Correct that task, and submit both again.',
  ),
  CONDITION_FAILED: row(
    [409, 9, 65],
    'never',
    'A condition of the task could not be decided.',
    'Correct the condition: use has() for what may be missing; the error names what it read.',
  ),
  RESULT_INVALID: row(
    [422, 9, 65],
    'later',
    'The code completed, but a condition of `validate` does not hold on its result.',
    'See what the condition read of the result; correct the handler or the condition.',
  ),
  SKIPPED: row(
    [409, 9, 65],
    'never',
    'The task was skipped: its dependencies cannot be met any more.',
    'See which dependency the error names, and why that task ended as it did.',
  ),
  DEFINITION_NOT_FOUND: row(
    [404, 5, 66],
    'never',
    'The namespace has no definition of this kind and name.',
    'Check the name and the namespace; the list of the kind shows those there are.',
  ),
  NO_SUCH_OPERATION: row(
    [404, 12, 64],
    'never',
    'There is no operation of this name.',
    'Compare the path with the reference of operations (`docs/http.md`).',
  ),
  TASK_EXISTS: row([409, 6, 65], 'never', 'Another task has this id.', 'Choose another id, or leave it out.'),
  TASK_SETTLED: row([409, 9, 65], 'never', 'The task has its verdict already.', 'Submit a new task.'),
  TASK_ACTIVE: row(
    [409, 9, 65],
    'later',
    'The task has no verdict yet.',
    'Cancel it first, or wait for its end.',
  ),
  REDRIVES_EXHAUSTED: row(
    [409, 9, 65],
    'never',
    'The task was run again as often as it may be.',
    'Mend the cause, and submit a new task.',
  ),
  IDEMPOTENCY_CONFLICT: row(
    [409, 6, 65],
    'never',
    'The idempotency key belongs to a task with another body.',
    'Use a new key for a new task.',
  ),
  PRECONDITION_FAILED: row(
    [412, 9, 65],
    'never',
    'The resource has changed since it was read.',
    'Read it again, and decide on what it is now.',
  ),
  RATE_LIMITED: row(
    [429, 8, 75],
    'later',
    'The credential, or the address, has sent as much as it may.',
    'Wait for the time given in retryAfterMs; keep connections open, and submit lists or lines in place of single tasks.',
  ),
  UNAUTHENTICATED: row(
    [401, 16, 77],
    'never',
    'The credential is missing, wrong, expired or revoked.',
    'Use a valid key or token: `precedent login`, or PRECEDENT_NATS_TOKEN.',
  ),
  FORBIDDEN: row(
    [403, 7, 77],
    'never',
    'The credential does not grant this.',
    'Request a grant from an admin; the error names the right that is missing.',
  ),
  ACCESS_NOT_FOUND: row(
    [404, 5, 66],
    'never',
    'No key, grant or signer has this id, or the caller may not administer it.',
    'Check the id; `precedent keys list`, `grants list` and `signers list` show those there are.',
  ),
  WEBHOOK_NOT_FOUND: row(
    [404, 5, 66],
    'never',
    'No webhook has this id, or the caller may not administer it.',
    'Check the id; `precedent webhooks list` shows those there are.',
  ),
  SIGNATURE_INVALID: row(
    [400, 3, 65],
    'never',
    'The signature of the task does not hold.',
    'Sign the task as it is sent, with a key of its submitter; `precedent signers list` shows them.',
  ),
  BUDGET_SPENT: row(
    [429, 8, 75],
    'later',
    'The budget of critical tasks of this hour is spent.',
    'Wait for the time given in retryAfterMs, or submit the task in a lower band.',
  ),
  QUEUE_FULL: row(
    [429, 8, 75],
    'later',
    'The band holds as many waiting tasks, or bytes, as it may.',
    'Wait for the time given in retryAfterMs, then try again.',
  ),
  LIMIT_FULL: row(
    [429, 8, 75],
    'later',
    'A limit with onFull reject has no room for the task under its key.',
    'Submit it again when a task of the key has ended, or let tasks wait (onFull: wait).',
  ),
  ENGINE_NOT_RUNNING: row(
    [503, 14, 69],
    'later',
    'The engine is not accepting work.',
    'Wait until it runs, or publish the task to JetStream, which stores it until then.',
  ),
  ENGINE_UNREACHABLE: row(
    [503, 14, 69],
    'later',
    'No engine answered.',
    'Start one with `precedent up`, or check the server address.',
  ),
  GATEWAY_UNREACHABLE: row(
    [503, 14, 69],
    'later',
    'No gateway answered.',
    'Start one with `precedent up`: gateways keep webhooks, and deliver to them.',
  ),
  ILLEGAL_TRANSITION: row(
    [409, 9, 70],
    'never',
    'The engine cannot do this in its present state.',
    'Look at its state first.',
  ),
  JOURNAL_FENCED: row(
    [503, 14, 70],
    'later',
    'Another engine has taken over this cell.',
    'None needed: this engine steps down.',
  ),
  JOURNAL_UNAVAILABLE: row(
    [503, 14, 74],
    'later',
    'The journal cannot be written now.',
    'Check the NATS server: is it up, and does its disk have room?',
  ),
  AUDIT_UNAVAILABLE: row(
    [503, 14, 74],
    'later',
    'The audit trail cannot be written now, so that nothing that it must record is done.',
    'Check the NATS server. When the trail is full, raise access.auditSize and start again; reading goes on meanwhile.',
  ),
  ISSUER_UNREACHABLE: row(
    [503, 14, 69],
    'later',
    'The OpenID provider does not answer.',
    'Check its address, and that this machine reaches it.',
  ),
  JOURNAL_GAP: row(
    [409, 9, 70],
    'never',
    'Entries of the journal that a reader needs were purged.',
    'Rebuild what the reader keeps from the latest snapshot: `precedent history rebuild`.',
  ),
  VECTORS_UNAVAILABLE: row(
    [503, 14, 69],
    'later',
    'The vector index does not answer.',
    'Check that the vectorizer runs (`precedent up` starts it, unless with --no-vectorizer), and Qdrant, with room; what happens meanwhile is indexed later.',
  ),
  EMBEDDER_UNAVAILABLE: row(
    [503, 14, 69],
    'later',
    'The embedding model cannot be used.',
    'Check the model files, which npm brings; until then search is by words only.',
  ),
  HISTORY_UNAVAILABLE: row(
    [503, 14, 69],
    'later',
    'The history does not answer.',
    'Check that the history runs (`precedent up` starts it, unless with --no-history); it catches up by itself.',
  ),
  JOURNAL_CORRUPT: row(
    [500, 15, 74],
    'never',
    'An entry of the journal is damaged or missing; the error names it.',
    'Run `precedent journal check`, then restore a backup, or give the entry up with `precedent journal mend`.',
  ),
  CELL_OWNED: row(
    [409, 9, 73],
    'later',
    'Another engine owns this cell.',
    'Stop it, or let this one stand by.',
  ),
  DATA_IN_USE: row(
    [409, 9, 73],
    'never',
    'Another process uses this data folder.',
    'Stop it, or choose another folder with --data.',
  ),
  DATA_TOO_NEW: row(
    [409, 9, 78],
    'never',
    'The data folder was written by a newer version.',
    'Use that version or a newer one, or another folder.',
  ),
  PORT_IN_USE: row(
    [409, 9, 73],
    'never',
    'The port is taken.',
    'Choose another port, or stop the process that holds it.',
  ),
  BINARY_MISSING: row(
    [500, 9, 69],
    'never',
    'A server program was not found.',
    'Give the URL of a running server, or the path of a program, or install again with npm.',
  ),
  SERVER_TOO_OLD: row(
    [409, 9, 78],
    'never',
    'The NATS server is older than 2.12.',
    'Upgrade it: older servers silently ignore what durability relies on.',
  ),
  NATS_UNREACHABLE: row(
    [503, 14, 69],
    'later',
    'The NATS server cannot be reached.',
    'Start one with `precedent up`, or check the address: --url, or nats.url.',
  ),
  INTEGRITY_FAILED: row(
    [500, 15, 74],
    'never',
    'The content does not have the SHA-256 that it had when it was accepted.',
    'Run `precedent verify` to find what was changed, then submit the task again.',
  ),
  WORKER_LOST: row(
    [503, 14, 70],
    'later',
    'The worker stopped answering while it ran the task.',
    'None needed: the task is run again elsewhere, within its limits.',
  ),
  STALE_EPOCH: row(
    [409, 10, 70],
    'never',
    'The report is for a lease that has ended.',
    'None needed: the task has moved on.',
  ),
  ATTEMPT_TIMEOUT: row(
    [504, 4, 124],
    'later',
    'The attempt ran longer than it may.',
    'Raise timeouts.attempt, or make the work shorter.',
  ),
  HEARTBEAT_TIMEOUT: row(
    [504, 4, 124],
    'later',
    'The handler sent no heartbeat in time.',
    'Call heartbeat() or progress() more often, or raise timeouts.heartbeat.',
  ),
  QUEUE_TIMEOUT: row(
    [504, 4, 124],
    'later',
    'The task waited longer than it may.',
    'Raise timeouts.queue, or add workers.',
  ),
  TOTAL_TIMEOUT: row(
    [504, 4, 124],
    'never',
    'The task reached the end of its total time.',
    'Raise timeouts.total.',
  ),
  EXPIRED: row(
    [410, 4, 124],
    'never',
    'The task expired before it could run.',
    'Submit it earlier, or with a later expiresAt.',
  ),
  CANCELLED: row([499, 1, 130], 'never', 'The task was cancelled.', 'Submit it again if it is still wanted.'),
  HANDLER_FAILED: row(
    [500, 2, 1],
    'later',
    'The handler threw an error.',
    'Read the error and the log of the attempt.',
  ),
  HANDLER_CRASHED: row(
    [500, 13, 70],
    'later',
    'The thread or process of an isolated handler ended before the handler did.',
    'Read the error: it says what ended it, such as an uncaught exception, process.exit() or memory.',
  ),
  COMMAND_FAILED: row(
    [500, 2, 1],
    'later',
    'The command ended with a failing exit code or a signal.',
    'Read the output of the attempt: `precedent logs <id>`.',
  ),
  COMMAND_NOT_FOUND: row(
    [404, 5, 127],
    'never',
    'The program of the command does not exist on the worker.',
    'Install it there, or give its path.',
  ),
  HTTP_FAILED: row(
    [502, 14, 1],
    'later',
    'The HTTP call failed or had an unexpected status.',
    'Check the address and the expected status.',
  ),
  HTTP_REFUSED: row(
    [403, 7, 77],
    'never',
    'The worker may not call this host.',
    'Allow the host in the configuration of the worker.',
  ),
  ROLLBACK_FAILED: row(
    [500, 13, 70],
    'never',
    'Work after the last checkpoint could not be undone.',
    'Undo by hand what the error names, then submit the task again.',
  ),
  RESULT_TOO_LARGE: row(
    [413, 8, 65],
    'never',
    'The result is larger than the limit.',
    'Store it elsewhere and return a reference to it.',
  ),
  WAIT_TIMEOUT: row(
    [504, 4, 124],
    'later',
    'The task did not settle within the time of the request.',
    'Repeat the request: the task goes on.',
  ),
  INTERNAL: row(
    [500, 13, 70],
    'later',
    'Something went wrong inside Precedent.',
    'Report it with the text of the error.',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof catalogue;

/** What its row in the catalogue says: whether the same request may succeed later without a change to it. */
export const mayRetry = (code: ErrorCode): boolean => catalogue[code].retry === 'later';

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(catalogue, value);

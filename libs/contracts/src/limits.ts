/** Every limit of the wire, in one place. Bytes unless the name says otherwise. */
export const LIMITS = {
  /** A task with everything in it, as JSON. */
  taskBytes: 320 * 1024,
  /** A request to a verb, and a message to a listener. */
  requestBytes: 512 * 1024,
  /** The payload of a task, as JSON; larger ones travel by reference. */
  payloadBytes: 256 * 1024,
  /** Levels of arrays and objects in one another: of a payload, a result, a state. */
  depth: 256,
  /** The result of a task, as JSON. */
  resultBytes: 256 * 1024,
  /** Tasks in one submission. */
  tasksPerSubmission: 1_000,
  /** Tasks that one task waits for. */
  dependencies: 1_000,
  /** Conditions on the result of one task. */
  validations: 20,
  /** A condition of a dependency, or on a result. */
  conditionChars: 2_000,
  idChars: 64,
  nameChars: 200,
  typeChars: 100,
  tokenChars: 64,
  keyChars: 256,
  labels: 32,
  labelChars: 256,
  args: 1_000,
  argChars: 32 * 1024,
  env: 200,
  commandChars: 64 * 1024,
  retries: 100,
  /** Runs of one task, the last of which may no more yield unasked. */
  runs: 1_000,
  nonRetryable: 50,
  /** Milliseconds: the longest timeout or delay. */
  durationMs: 366 * 86_400_000,
  errorMessageChars: 4_096,
  /** An error of an attempt as JSON, with its details: the tail of an output, as a rule. */
  errorBytes: 64 * 1024,
  /** The message of a progress report; more of it is cut off. */
  progressChars: 500,
  /** A chunk of a task's log. */
  logChunkBytes: 32 * 1024,
  /** Tasks in one answer to `list`. */
  listed: 1_000,
  /** Milliseconds: the longest time that one `wait` request is held open. */
  waitMs: 30_000,
  /** State of a checkpoint kept in the journal itself; a larger one goes to the object store. */
  checkpointInlineBytes: 64 * 1024,
  /** State of a checkpoint, at most. */
  checkpointBytes: 64 * 1024 * 1024,
  /** Payload of one rollback action. */
  rollbackBytes: 16 * 1024,
  /** Rollback actions between two checkpoints. */
  rollbacksPerCheckpoint: 1_000,
  /** Payloads of the rollback actions between two checkpoints, together: they travel in one assignment. */
  rollbacksBytes: 256 * 1024,
  /** Why a rollback action has failed; more of it is cut off. */
  rollbackErrorBytes: 256,
  /** Checkpoints and rollback actions of one attempt that are not durable yet. */
  stepsWaiting: 2_000,
  /** Milliseconds: the longest atomic section. */
  atomicMs: 60_000,
  /** The text that names the version of the code that wrote a state. */
  versionChars: 64,
  /** Attempts that the report of a blocked event loop names, and characters of the place in the code. */
  blockersNamed: 10,
  placeChars: 500,
  slotsPerWorker: 10_000,
  typesPerWorker: 1_000,
} as const;

/** An id is one token of a subject, and never a wildcard. */
export const ID_PATTERN = /^[A-Za-z0-9_-]+$/;
export const ID_RULE = 'an id has letters, digits, "_" and "-" only';

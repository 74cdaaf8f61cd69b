import { expect, it } from 'vitest';
import { catalogue } from './errors.ts';

/** HTTP status, gRPC code, CLI exit code, retry. Scripts and clients depend on every one: add rows, never change them. */
const PINNED = {
  INVALID_TASK: [400, 3, 65, 'never'],
  INVALID_REQUEST: [400, 3, 65, 'never'],
  INVALID_CONFIG: [400, 3, 78, 'never'],
  PAYLOAD_TOO_LARGE: [413, 3, 65, 'never'],
  TASK_NOT_FOUND: [404, 5, 66, 'never'],
  TASK_EXISTS: [409, 6, 65, 'never'],
  TASK_SETTLED: [409, 9, 65, 'never'],
  TASK_ACTIVE: [409, 9, 65, 'later'],
  IDEMPOTENCY_CONFLICT: [409, 6, 65, 'never'],
  UNAUTHENTICATED: [401, 16, 77, 'never'],
  FORBIDDEN: [403, 7, 77, 'never'],
  BUDGET_SPENT: [429, 8, 75, 'later'],
  QUEUE_FULL: [429, 8, 75, 'later'],
  ENGINE_NOT_RUNNING: [503, 14, 69, 'later'],
  ENGINE_UNREACHABLE: [503, 14, 69, 'later'],
  ILLEGAL_TRANSITION: [409, 9, 70, 'never'],
  JOURNAL_FENCED: [503, 14, 70, 'later'],
  JOURNAL_UNAVAILABLE: [503, 14, 74, 'later'],
  JOURNAL_CORRUPT: [500, 15, 74, 'never'],
  AUDIT_UNAVAILABLE: [503, 14, 74, 'later'],
  JOURNAL_GAP: [409, 9, 70, 'never'],
  VECTORS_UNAVAILABLE: [503, 14, 69, 'later'],
  EMBEDDER_UNAVAILABLE: [503, 14, 69, 'later'],
  HISTORY_UNAVAILABLE: [503, 14, 69, 'later'],
  CELL_OWNED: [409, 9, 73, 'later'],
  DATA_IN_USE: [409, 9, 73, 'never'],
  DATA_TOO_NEW: [409, 9, 78, 'never'],
  PORT_IN_USE: [409, 9, 73, 'never'],
  BINARY_MISSING: [500, 9, 69, 'never'],
  SERVER_TOO_OLD: [409, 9, 78, 'never'],
  NATS_UNREACHABLE: [503, 14, 69, 'later'],
  INTEGRITY_FAILED: [500, 15, 74, 'never'],
  WORKER_LOST: [503, 14, 70, 'later'],
  STALE_EPOCH: [409, 10, 70, 'never'],
  ATTEMPT_TIMEOUT: [504, 4, 124, 'later'],
  HEARTBEAT_TIMEOUT: [504, 4, 124, 'later'],
  QUEUE_TIMEOUT: [504, 4, 124, 'later'],
  TOTAL_TIMEOUT: [504, 4, 124, 'never'],
  EXPIRED: [410, 4, 124, 'never'],
  CANCELLED: [499, 1, 130, 'never'],
  HANDLER_FAILED: [500, 2, 1, 'later'],
  HANDLER_CRASHED: [500, 13, 70, 'later'],
  COMMAND_FAILED: [500, 2, 1, 'later'],
  COMMAND_NOT_FOUND: [404, 5, 127, 'never'],
  HTTP_FAILED: [502, 14, 1, 'later'],
  HTTP_REFUSED: [403, 7, 77, 'never'],
  ROLLBACK_FAILED: [500, 13, 70, 'never'],
  RESULT_TOO_LARGE: [413, 8, 65, 'never'],
  WAIT_TIMEOUT: [504, 4, 124, 'later'],
  INTERNAL: [500, 13, 70, 'later'],
};

it('never changes what a code means', () => {
  const rows = Object.entries(catalogue).map(([code, { http, grpc, exit, retry }]) => [
    code,
    [http, grpc, exit, retry],
  ]);
  expect(Object.fromEntries(rows)).toEqual(PINNED);
});

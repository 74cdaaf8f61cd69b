import type {
  BlockedLoop,
  BulkPiece,
  LeaseRef,
  LeaseStep,
  MachineLoad,
  QuietLease,
  SettledLease,
  SuspendedLease,
  WorkerHello,
} from '@precedent/contract-types';
import {
  LIMITS,
  atomicSchema,
  blockedSchema,
  bulkPieceSchema,
  depthProblem,
  fieldProblem,
  helloSchema,
  issueProblem,
  leaseStepSchema,
  loadSchema,
  settledSchema,
} from '@precedent/contracts';
import { cutText } from '@precedent/kernel';
import type { Problem, ReadJson } from '@precedent/kernel';
import { decode } from '../validation/decode.ts';
import { stepProblem, limitedStep } from './lease-step.ts';
import { isFields, isSettledLease, limitedLease } from './settled-lease.ts';
import type { Fields } from './settled-lease.ts';
import { describeValue } from '../validation/describe-value.ts';
import { problemFromZod } from '../validation/zod-problem.ts';

/** A valid message of a worker, or the problem of an invalid one. */
export type CheckedWorkerMessage =
  | { readonly kind: 'hello'; readonly hello: WorkerHello }
  | {
      readonly kind: 'heartbeat';
      readonly session: string;
      readonly running: readonly LeaseRef[];
      readonly quiet: readonly QuietLease[];
      readonly frozen: readonly SuspendedLease[];
    }
  | {
      readonly kind: 'progress';
      readonly session: string;
      readonly lease: LeaseRef;
      readonly fraction: number;
      readonly message: string | undefined;
    }
  | {
      readonly kind: 'report';
      readonly session: string;
      readonly settled: readonly SettledLease[];
      readonly started: readonly LeaseRef[];
    }
  | { readonly kind: 'keep'; readonly session: string; readonly lease: LeaseRef; readonly step: LeaseStep }
  | { readonly kind: 'atomic'; readonly session: string; readonly lease: LeaseRef; readonly maxMs: number }
  | {
      readonly kind: 'bulk';
      readonly session: string;
      readonly lease: LeaseRef;
      readonly piece: BulkPiece;
    }
  | { readonly kind: 'blocked'; readonly session: string; readonly blocked: BlockedLoop }
  | { readonly kind: 'load'; readonly session: string; readonly load: MachineLoad }
  | { readonly kind: 'draining' | 'bye'; readonly session: string }
  | { readonly kind: 'invalid'; readonly problem: Problem };

const SESSION = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Reads a message of a worker. Halves of surrogate pairs are replaced, because a report cannot be requested again in other words. A number
 * that differs from its text makes the message invalid; in a report it fails the lease that it belongs to.
 */
export const readWorkerMessage = (data: Uint8Array): CheckedWorkerMessage => {
  const decoded = decode(data, { mends: true });
  if ('unreadable' in decoded)
    return { kind: 'invalid', problem: { code: 'INVALID_REQUEST', message: decoded.unreadable } };
  const { value } = decoded;
  const isReport = isFields(value) && value['kind'] === 'report';
  const problem = isReport
    ? undefined
    : (depthProblem(decoded, 'INVALID_REQUEST') ?? issueProblem(decoded.issues[0], 'INVALID_REQUEST'));
  return problem ? { kind: 'invalid', problem } : checkWorkerMessage(decoded, data.length);
};

/**
 * Checks a message of a worker by hand, except for hello and steps: thousands of heartbeats and reports come each second, and a schema would
 * cost more than their handling. `bytes`: the size of the message; only a large one is measured against the limits.
 */
export const checkWorkerMessage = (message: ReadJson, bytes: number): CheckedWorkerMessage => {
  const { value } = message;
  if (!isFields(value)) return invalidField('message', 'expected a JSON object');
  if (value['kind'] === 'hello') return readHello(value);
  const { session } = value;
  if (typeof session !== 'string' || !SESSION.test(session))
    return invalidField('session', 'expected the name of a session', session);
  switch (value['kind']) {
    case 'heartbeat':
      return readHeartbeat(value, session);
    case 'report':
      return readReport(value, session, { message, bytes });
    case 'progress':
      return readProgress(value, session);
    case 'keep':
      return readStep(value, { message, bytes });
    case 'atomic':
      return readAtomic(value);
    case 'bulk':
      return readBulk(value);
    case 'blocked':
      return readBlocked(value);
    case 'load':
      return readLoad(value);
    case 'draining':
    case 'bye':
      return { kind: value['kind'], session };
    default:
      return invalidField(
        'kind',
        'expected hello, heartbeat, blocked, progress, keep, atomic, bulk, load, report, draining or bye',
        value['kind'],
      );
  }
};

const readHello = (value: Fields): CheckedWorkerMessage => {
  const checked = helloSchema.safeParse(value);
  if (!checked.success) return invalidBySchema(checked.error, value);
  const { kind, ...hello } = checked.data;
  return { kind, hello };
};

interface Sized {
  readonly message: ReadJson;
  readonly bytes: number;
}

const readStep = (value: Fields, { message, bytes }: Sized): CheckedWorkerMessage => {
  const checked = leaseStepSchema.safeParse(value);
  if (!checked.success) return invalidBySchema(checked.error, value);
  const { kind, session, id, epoch, step } = checked.data;
  const size = { bytes: bytes + message.growth, isDeep: message.depth > LIMITS.depth };
  const problem = stepProblem(step as LeaseStep, size);
  if (problem) return { kind: 'invalid', problem };
  return { kind, session, lease: [id, epoch], step: limitedStep(step as LeaseStep) };
};

const readAtomic = (value: Fields): CheckedWorkerMessage => {
  const checked = atomicSchema.safeParse(value);
  if (!checked.success) return invalidBySchema(checked.error, value);
  const { kind, session, id, epoch, maxMs } = checked.data;
  return { kind, session, lease: [id, epoch], maxMs };
};

const readBulk = (value: Fields): CheckedWorkerMessage => {
  const checked = bulkPieceSchema.safeParse(value);
  if (!checked.success) return invalidBySchema(checked.error, value);
  const { kind, session, id, epoch, ...piece } = checked.data;
  return { kind, session, lease: [id, epoch], piece };
};

const readBlocked = (value: Fields): CheckedWorkerMessage => {
  const checked = blockedSchema.safeParse(value);
  if (!checked.success) return invalidBySchema(checked.error, value);
  const { kind, session, ...blocked } = checked.data;
  return { kind, session, blocked };
};

const readLoad = (value: Fields): CheckedWorkerMessage => {
  const checked = loadSchema.safeParse(value);
  if (!checked.success) return invalidBySchema(checked.error, value);
  const { kind, session, ...load } = checked.data;
  return { kind, session, load };
};

const invalidBySchema = (
  error: Parameters<typeof problemFromZod>[0],
  value: Fields,
): CheckedWorkerMessage => ({
  kind: 'invalid',
  problem: problemFromZod(error, value, { code: 'INVALID_REQUEST' }),
});

const readHeartbeat = (
  { running, quiet = [], suspended: frozen = [] }: Fields,
  session: string,
): CheckedWorkerMessage => {
  if (!isList(running, isLease)) return invalidField('running', 'expected a list of [id, epoch]');
  if (!isList(quiet, isQuietLease))
    return invalidField('quiet', 'expected a list of [id, epoch, milliseconds]');
  if (!isList(frozen, isFrozenLease))
    return invalidField('suspended', 'expected a list of [id, epoch, decision]');
  return { kind: 'heartbeat', session, running, quiet, frozen };
};

const readProgress = ({ id, epoch, fraction, message }: Fields, session: string): CheckedWorkerMessage => {
  const lease = [id, epoch];
  if (!isLease(lease)) return invalidField('id', 'expected a task id and an epoch', lease);
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) {
    return invalidField('fraction', 'expected a number from 0 to 1', fraction);
  }
  const text = typeof message === 'string' ? cutText(message, LIMITS.progressChars) : undefined;
  return { kind: 'progress', session, lease, fraction, message: text };
};

const readReport = (
  { settled, started = [] }: Fields,
  session: string,
  { message, bytes }: Sized,
): CheckedWorkerMessage => {
  if (!Array.isArray(settled) || settled.length > LIMITS.slotsPerWorker)
    return invalidField('settled', `expected a list of at most ${LIMITS.slotsPerWorker}`);
  const wrong = settled.findIndex((lease) => !isSettledLease(lease));
  if (wrong >= 0) return notSettled(settled, wrong);
  if (!isList(started, isLease)) return invalidField('started', 'expected a list of [id, epoch]');
  const issues = new Map(message.issues.toReversed().map((issue) => [issue.path[1], issue] as const));
  const size = { bytes: bytes + message.growth, isDeep: message.depth > LIMITS.depth };
  const leases = settled as SettledLease[];
  return {
    kind: 'report',
    session,
    settled: leases.map((lease, index) => limitedLease(lease, size, issues.get(index))),
    started,
  };
};

/** The schema costs too much for every lease; for an invalid one it says what is wrong. */
const notSettled = (settled: readonly unknown[], index: number): CheckedWorkerMessage => {
  const { error } = settledSchema.safeParse(settled[index]);
  const place = ['settled', index];
  const issues = error?.issues.map((issue) => ({ ...issue, path: [...place, ...issue.path] }));
  if (issues === undefined)
    return invalidField(place.join('.'), 'expected {id, epoch, outcome, result or error}');
  return { kind: 'invalid', problem: problemFromZod({ issues }, { settled }, { code: 'INVALID_REQUEST' }) };
};

const isList = <T>(value: unknown, isElement: (element: unknown) => element is T): value is readonly T[] =>
  Array.isArray(value) && value.length <= LIMITS.slotsPerWorker && value.every(isElement);

const isLease = (value: unknown): value is LeaseRef =>
  Array.isArray(value) && value.length === 2 && isId(value[0]) && Number.isSafeInteger(value[1]);

const isId = (value: unknown): boolean => typeof value === 'string' && value.length <= LIMITS.idChars;

const isQuietLease = (value: unknown): value is QuietLease =>
  Array.isArray(value) && value.length === 3 && isLease(value.slice(0, 2)) && Number.isFinite(value[2]);

const isFrozenLease = (value: unknown): value is SuspendedLease =>
  Array.isArray(value) && value.length === 3 && isLease(value.slice(0, 2)) && isId(value[2]);

const invalidField = (field: string, expected: string, got?: unknown): CheckedWorkerMessage => ({
  kind: 'invalid',
  problem: fieldProblem(
    field,
    got === undefined ? expected : `${expected}, got ${describeValue(got)}`,
    'INVALID_REQUEST',
  ),
});

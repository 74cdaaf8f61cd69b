import type {
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
  helloSchema,
  leaseStepSchema,
  loadSchema,
  settledSchema,
} from '@precedent/contracts';
import { cutText } from '@precedent/kernel';
import type { Problem, ReadJson } from '@precedent/kernel';
import { decode, depthProblem, fieldProblem, issueProblem } from '../validation/decode.ts';
import { keepProblem, limitedStep } from './lease-step.ts';
import { isFields, isSettledLease, limitedLease } from './settled-lease.ts';
import type { Fields } from './settled-lease.ts';
import { shown } from '../validation/shown.ts';
import { problemFromZod } from '../validation/zod-problem.ts';

/** What a worker says, checked. */
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
  | { readonly kind: 'report'; readonly session: string; readonly settled: readonly SettledLease[] }
  | { readonly kind: 'keep'; readonly session: string; readonly lease: LeaseRef; readonly step: LeaseStep }
  | { readonly kind: 'atomic'; readonly session: string; readonly lease: LeaseRef; readonly maxMs: number }
  | { readonly kind: 'load'; readonly session: string; readonly load: MachineLoad }
  | { readonly kind: 'draining' | 'bye'; readonly session: string }
  | { readonly kind: 'bad'; readonly problem: Problem };

const SESSION = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Reads what a worker has sent. Halves of characters are mended: what it reports has happened, and cannot be asked for again in other
 * words. A number that is not what it says refuses the message; in a report it fails the lease that it is of.
 */
export const readWorkerMessage = (data: Uint8Array): CheckedWorkerMessage => {
  const decoded = decode(data, { mends: true });
  if ('unreadable' in decoded)
    return { kind: 'bad', problem: { code: 'INVALID_REQUEST', message: decoded.unreadable } };
  const { value } = decoded;
  const isReport = isFields(value) && value['kind'] === 'report';
  const problem = isReport
    ? undefined
    : (depthProblem(decoded, 'INVALID_REQUEST') ?? issueProblem(decoded.issues[0], 'INVALID_REQUEST'));
  return problem ? { kind: 'bad', problem } : checkWorkerMessage(decoded, data.length);
};

/**
 * Checks a message of a worker by hand, except for hello and steps: heartbeats and reports come thousands a second, and a schema would
 * cost more than what follows. `bytes` is the size of the message; only a large one is searched for what is over a limit.
 */
export const checkWorkerMessage = (message: ReadJson, bytes: number): CheckedWorkerMessage => {
  const { value } = message;
  if (!isFields(value)) return bad('message', 'expected a JSON object');
  if (value['kind'] === 'hello') return readHello(value);
  const { session } = value;
  if (typeof session !== 'string' || !SESSION.test(session))
    return bad('session', 'expected the name of a session', session);
  switch (value['kind']) {
    case 'heartbeat':
      return readHeartbeat(value, session);
    case 'report':
      return readReport(value['settled'], session, { message, bytes });
    case 'progress':
      return readProgress(value, session);
    case 'keep':
      return readKeep(value, { message, bytes });
    case 'atomic':
      return readAtomic(value);
    case 'load':
      return readLoad(value);
    case 'draining':
    case 'bye':
      return { kind: value['kind'], session };
    default:
      return bad(
        'kind',
        'expected hello, heartbeat, progress, keep, atomic, load, report, draining or bye',
        value['kind'],
      );
  }
};

const readHello = (value: Fields): CheckedWorkerMessage => {
  const checked = helloSchema.safeParse(value);
  if (!checked.success) return invalid(checked.error, value);
  const { kind, ...hello } = checked.data;
  return { kind, hello };
};

interface Sized {
  readonly message: ReadJson;
  readonly bytes: number;
}

const readKeep = (value: Fields, { message, bytes }: Sized): CheckedWorkerMessage => {
  const checked = leaseStepSchema.safeParse(value);
  if (!checked.success) return invalid(checked.error, value);
  const { kind, session, id, epoch, step } = checked.data;
  const size = { bytes: bytes + message.growth, isDeep: message.depth > LIMITS.depth };
  const problem = keepProblem(step as LeaseStep, size);
  if (problem) return { kind: 'bad', problem };
  return { kind, session, lease: [id, epoch], step: limitedStep(step as LeaseStep) };
};

const readAtomic = (value: Fields): CheckedWorkerMessage => {
  const checked = atomicSchema.safeParse(value);
  if (!checked.success) return invalid(checked.error, value);
  const { kind, session, id, epoch, maxMs } = checked.data;
  return { kind, session, lease: [id, epoch], maxMs };
};

const readLoad = (value: Fields): CheckedWorkerMessage => {
  const checked = loadSchema.safeParse(value);
  if (!checked.success) return invalid(checked.error, value);
  const { kind, session, ...load } = checked.data;
  return { kind, session, load };
};

const invalid = (error: Parameters<typeof problemFromZod>[0], value: Fields): CheckedWorkerMessage => ({
  kind: 'bad',
  problem: problemFromZod(error, value, { code: 'INVALID_REQUEST' }),
});

const readHeartbeat = (
  { running, quiet = [], suspended: frozen = [] }: Fields,
  session: string,
): CheckedWorkerMessage => {
  if (!isList(running, isLease)) return bad('running', 'expected a list of [id, epoch]');
  if (!isList(quiet, isQuietLease)) return bad('quiet', 'expected a list of [id, epoch, milliseconds]');
  if (!isList(frozen, isFrozenLease)) return bad('suspended', 'expected a list of [id, epoch, decision]');
  return { kind: 'heartbeat', session, running, quiet, frozen };
};

const readProgress = ({ id, epoch, fraction, message }: Fields, session: string): CheckedWorkerMessage => {
  const lease = [id, epoch];
  if (!isLease(lease)) return bad('id', 'expected a task id and an epoch', lease);
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) {
    return bad('fraction', 'expected a number from 0 to 1', fraction);
  }
  const text = typeof message === 'string' ? cutText(message, LIMITS.progressChars) : undefined;
  return { kind: 'progress', session, lease, fraction, message: text };
};

const readReport = (settled: unknown, session: string, { message, bytes }: Sized): CheckedWorkerMessage => {
  if (!Array.isArray(settled) || settled.length > LIMITS.slotsPerWorker)
    return bad('settled', `expected a list of at most ${LIMITS.slotsPerWorker}`);
  const wrong = settled.findIndex((lease) => !isSettledLease(lease));
  if (wrong >= 0) return notSettled(settled, wrong);
  const issues = new Map(message.issues.toReversed().map((issue) => [issue.path[1], issue] as const));
  const size = { bytes: bytes + message.growth, isDeep: message.depth > LIMITS.depth };
  const leases = settled as SettledLease[];
  return {
    kind: 'report',
    session,
    settled: leases.map((lease, index) => limitedLease(lease, size, issues.get(index))),
  };
};

/** The schema costs too much for every lease, but says of a wrong one what is wrong. */
const notSettled = (settled: readonly unknown[], index: number): CheckedWorkerMessage => {
  const { error } = settledSchema.safeParse(settled[index]);
  const place = ['settled', index];
  const issues = error?.issues.map((issue) => ({ ...issue, path: [...place, ...issue.path] }));
  if (issues === undefined) return bad(place.join('.'), 'expected {id, epoch, outcome, result or error}');
  return { kind: 'bad', problem: problemFromZod({ issues }, { settled }, { code: 'INVALID_REQUEST' }) };
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

const bad = (field: string, expected: string, got?: unknown): CheckedWorkerMessage => ({
  kind: 'bad',
  problem: fieldProblem(
    field,
    got === undefined ? expected : `${expected}, got ${shown(got)}`,
    'INVALID_REQUEST',
  ),
});

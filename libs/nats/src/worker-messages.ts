import { LIMITS, atomicSchema, helloSchema, keepSchema, loadSchema } from '@precedent/contracts';
import { cutText, isErrorCode } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type {
  FrozenLease,
  LeaseRef,
  LeaseStep,
  QuietLease,
  SettledLease,
  WorkerHello,
  WorkerLoad,
} from '@precedent/ports';
import { DEPTH_MAX, isTooDeep } from './depth.ts';
import { problemFromZod } from './zod-problem.ts';

/** What a worker says, checked. */
export type WorkerSays =
  | { readonly kind: 'hello'; readonly hello: WorkerHello }
  | {
      readonly kind: 'heartbeat';
      readonly session: string;
      readonly running: readonly LeaseRef[];
      readonly quiet: readonly QuietLease[];
      readonly frozen: readonly FrozenLease[];
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
  | { readonly kind: 'load'; readonly session: string; readonly load: WorkerLoad }
  | { readonly kind: 'draining' | 'bye'; readonly session: string }
  | { readonly kind: 'bad'; readonly problem: Problem };

type Fields = Readonly<Record<string, unknown>>;

const SESSION = /^[A-Za-z0-9_-]{1,64}$/;
const PROGRESS_CHARS = 500;
const NAME_CHARS = 100;
/** With its details: the tail of an output, as a rule. */
const ERROR_BYTES = 64 * 1024;
const OUTCOMES: ReadonlySet<unknown> = new Set(['completed', 'failed', 'stopped', 'yielded', 'returned']);

/**
 * Checks a message of a worker by hand, except for hello: heartbeats and reports come thousands a second, and a schema would cost
 * more than what follows. `bytes` is the size of the message; only a large one is searched for results over the limit.
 */
export const readWorkerMessage = (value: unknown, bytes: number): WorkerSays => {
  if (!isFields(value)) return bad('message', 'expected a JSON object');
  if (value['kind'] === 'hello') return readHello(value);
  const { session } = value;
  if (typeof session !== 'string' || !SESSION.test(session))
    return bad('session', 'expected the name of a session', session);
  switch (value['kind']) {
    case 'heartbeat':
      return readHeartbeat(value, session);
    case 'report':
      return readReport(value, session, bytes);
    case 'progress':
      return readProgress(value, session);
    case 'keep':
      return readKeep(value);
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

const readHello = (value: Fields): WorkerSays => {
  const checked = helloSchema.safeParse(value);
  if (!checked.success) return invalid(checked.error, value);
  const { kind, ...hello } = checked.data;
  return { kind, hello };
};

const readKeep = (value: Fields): WorkerSays => {
  const checked = keepSchema.safeParse(value);
  if (!checked.success) return invalid(checked.error, value);
  const { kind, session, id, epoch, step } = checked.data;
  return { kind, session, lease: [id, epoch], step: step as LeaseStep };
};

const readAtomic = (value: Fields): WorkerSays => {
  const checked = atomicSchema.safeParse(value);
  if (!checked.success) return invalid(checked.error, value);
  const { kind, session, id, epoch, maxMs } = checked.data;
  return { kind, session, lease: [id, epoch], maxMs };
};

const readLoad = (value: Fields): WorkerSays => {
  const checked = loadSchema.safeParse(value);
  if (!checked.success) return invalid(checked.error, value);
  const { kind, session, ...load } = checked.data;
  return { kind, session, load };
};

const invalid = (error: Parameters<typeof problemFromZod>[0], value: Fields): WorkerSays => ({
  kind: 'bad',
  problem: problemFromZod(error, value, { code: 'INVALID_REQUEST' }),
});

const readHeartbeat = (
  { running, quiet = [], suspended: frozen = [] }: Fields,
  session: string,
): WorkerSays => {
  if (!isList(running, isLease)) return bad('running', 'expected a list of [id, epoch]');
  if (!isList(quiet, isQuietLease)) return bad('quiet', 'expected a list of [id, epoch, milliseconds]');
  if (!isList(frozen, isFrozenLease)) return bad('suspended', 'expected a list of [id, epoch, decision]');
  return { kind: 'heartbeat', session, running, quiet, frozen };
};

const readProgress = ({ id, epoch, fraction, message }: Fields, session: string): WorkerSays => {
  const lease = [id, epoch];
  if (!isLease(lease)) return bad('id', 'expected a task id and an epoch', lease);
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) {
    return bad('fraction', 'expected a number from 0 to 1', fraction);
  }
  const text = typeof message === 'string' ? cutText(message, PROGRESS_CHARS) : undefined;
  return { kind: 'progress', session, lease, fraction, message: text };
};

const readReport = ({ settled }: Fields, session: string, bytes: number): WorkerSays => {
  if (!Array.isArray(settled)) return bad('settled', 'expected a list');
  const wrong = settled.findIndex((lease) => !isSettledLease(lease));
  if (wrong >= 0) return bad(`settled.${wrong}`, 'expected {id, epoch, outcome, result or error}');
  const leases = settled as SettledLease[];
  return {
    kind: 'report',
    session,
    settled: leases.map((lease) => limitError(limitResult(lease, bytes), bytes)),
  };
};

/** A result over a limit would not fit into the journal's entry; the attempt has failed, and would fail again. */
const limitResult = (lease: SettledLease, bytes: number): SettledLease => {
  const { id, epoch, result } = lease;
  const excess = result === undefined ? undefined : excessOf(result, bytes);
  if (excess === undefined) return lease;
  const error = { code: 'RESULT_TOO_LARGE' as const, message: `the result ${excess}`, retryable: false };
  return { id, epoch, outcome: 'failed', error };
};

const excessOf = (result: unknown, bytes: number): string | undefined => {
  if (isTooDeep(result, bytes)) return `is nested deeper than ${DEPTH_MAX} levels`;
  const size = bytes > LIMITS.resultBytes ? Buffer.byteLength(JSON.stringify(result)) : 0;
  return size > LIMITS.resultBytes ? `has ${size} of at most ${LIMITS.resultBytes} bytes` : undefined;
};

const limitError = (lease: SettledLease, bytes: number): SettledLease => {
  const { error } = lease;
  if (error === undefined || bytes <= LIMITS.errorMessageChars) return lease;
  const isLarge = isTooDeep(error, bytes) || Buffer.byteLength(JSON.stringify(error)) > ERROR_BYTES;
  const { code, name, retryable } = error;
  const message = cutText(error.message, LIMITS.errorMessageChars);
  return { ...lease, error: isLarge ? { code, message, name, retryable } : { ...error, message } };
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = <T>(value: unknown, isElement: (element: unknown) => element is T): value is readonly T[] =>
  Array.isArray(value) && value.length <= LIMITS.slotsPerWorker && value.every(isElement);

const isLease = (value: unknown): value is LeaseRef =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isInteger(value[1]);

const isQuietLease = (value: unknown): value is QuietLease =>
  Array.isArray(value) && value.length === 3 && isLease(value.slice(0, 2)) && Number.isFinite(value[2]);

const isFrozenLease = (value: unknown): value is FrozenLease =>
  Array.isArray(value) && value.length === 3 && isLease(value.slice(0, 2)) && typeof value[2] === 'string';

const isSettledLease = (value: unknown): value is SettledLease =>
  isFields(value) &&
  isLease([value['id'], value['epoch']]) &&
  OUTCOMES.has(value['outcome']) &&
  isError(value['error']);

const isError = (value: unknown): boolean => {
  if (value === undefined) return true;
  if (!isFields(value) || !isErrorCode(value['code']) || typeof value['message'] !== 'string') return false;
  const { name, retryable } = value;
  const isNamed = name === undefined || (typeof name === 'string' && name.length <= NAME_CHARS);
  return isNamed && (retryable === undefined || typeof retryable === 'boolean');
};

const bad = (field: string, expected: string, got?: unknown): WorkerSays => {
  const message = got === undefined ? expected : `${expected}, got ${JSON.stringify(got)}`;
  return {
    kind: 'bad',
    problem: { code: 'INVALID_REQUEST', message: `${field}: ${message}`, issues: [{ field, message }] },
  };
};

import { AppError, errorName, fieldOf, isAppError, isError, messageOf } from '@precedent/kernel';
import type { ProblemExtras } from '@precedent/kernel';
import type { YieldRequest } from '../handler.ts';
import { YieldSignal } from '../handler.ts';

/** A thrown value on its way between two threads or processes. An error keeps what handlers and the engine read of it. */
export type PackedThrown = { readonly error: PackedError } | { readonly value: unknown };

export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly retryable?: boolean;
  /** Of an `AppError`. */
  readonly extras?: unknown;
  /** Of a `YieldSignal`. */
  readonly request?: unknown;
  readonly cause?: PackedThrown;
}

const CAUSES_MAX = 8;

/** Never throws; what cannot travel is described instead. */
export const packThrown = (thrown: unknown, depth = 0): PackedThrown => {
  if (isError(thrown)) return { error: packedError(thrown, depth) };
  const value = jsonOf(thrown);
  return value === undefined ? { error: { name: 'Error', message: messageOf(thrown) } } : { value };
};

const packedError = (thrown: unknown, depth: number): PackedError => {
  const [code, cause, stack] = [fieldOf(thrown, 'code'), fieldOf(thrown, 'cause'), fieldOf(thrown, 'stack')];
  const [retryable, extras] = [fieldOf(thrown, 'retryable'), jsonOf(fieldOf(thrown, 'extras'))];
  const request = jsonOf(fieldOf(thrown, 'request'));
  return {
    name: errorName(thrown) ?? 'Error',
    message: messageOf(thrown),
    ...(typeof stack === 'string' && { stack }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(typeof retryable === 'boolean' && { retryable }),
    ...(extras !== undefined && { extras }),
    ...(request !== undefined && { request }),
    ...(cause !== undefined && depth < CAUSES_MAX && { cause: packThrown(cause, depth + 1) }),
  };
};

/** As JSON writes it; `undefined` for what it does not. */
const jsonOf = (value: unknown): unknown => {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
};

/** The value that was packed; an error of the SDK is of its class again, any other one an `Error` with the same fields. */
export const unpackThrown = (packed: PackedThrown): unknown => {
  if ('value' in packed) return packed.value;
  const { name, message, stack, code, retryable } = packed.error;
  const error = errorFrom(packed.error);
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true });
  if (error.message !== message) Object.defineProperty(error, 'message', { value: message });
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, code !== undefined && { code }, retryable !== undefined && { retryable });
};

const errorFrom = (packed: PackedError): Error => {
  const { name, message, code, extras, request, cause } = packed;
  if (name === 'YieldSignal') return new YieldSignal(request as YieldRequest | undefined);
  const options = cause && { cause: unpackThrown(cause) };
  if (!isAppError(Object.assign(new Error(message), { name, code }))) return new Error(message, options);
  return new AppError(code as AppError['code'], message, { ...(extras as ProblemExtras), ...options });
};

import { AppError, messageOf } from '@precedent/kernel';
import type { GuestEnd, IsolationKind } from './launch.ts';
import type { GuestMessage, UncaughtOrigin } from './protocol.ts';
import { unpackThrown } from './thrown-value.ts';

type Uncaught = Extract<GuestMessage, { kind: 'uncaught' }>;

/** What a guest is called in a message, and its limit. */
export interface GuestNature {
  readonly kind: IsolationKind;
  readonly memoryMb: number | undefined;
}

/** How a guest came to its end before its handler did. */
export interface CrashReport extends GuestEnd {
  /** What it reported last, when code outside of its handler's promise threw. */
  readonly uncaught: Uncaught | undefined;
}

const ORIGINS: Readonly<Record<UncaughtOrigin, string>> = {
  uncaughtException: 'uncaught exception',
  unhandledRejection: 'unhandled rejection',
};

/** Why the attempt failed. `details.crash` says it to programs. */
export const crashError = (report: CrashReport, { kind, memoryMb }: GuestNature): AppError => {
  const { crash, fact, cause } = described(report, memoryMb);
  const { exitCode, signal } = report;
  const known = { ...(exitCode !== undefined && { exitCode }), ...(signal !== undefined && { signal }) };
  const message = `the ${kind} of the handler ended before the handler did: ${fact}`;
  return new AppError('HANDLER_CRASHED', message, {
    details: { crash, isolation: kind, ...known },
    ...(cause !== undefined && { cause }),
  });
};

interface Crash {
  readonly crash: 'out_of_memory' | 'exit' | 'signal' | 'error' | UncaughtOrigin;
  readonly fact: string;
  readonly cause?: unknown;
}

const described = (report: CrashReport, memoryMb: number | undefined): Crash => {
  const { uncaught, isOutOfMemory, signal, error, exitCode } = report;
  if (uncaught !== undefined) {
    const cause = unpackThrown(uncaught.error);
    return { crash: uncaught.origin, fact: `${ORIGINS[uncaught.origin]}: ${messageOf(cause)}`, cause };
  }
  if (isOutOfMemory) return { crash: 'out_of_memory', fact: `out of memory (${limitText(memoryMb)})` };
  if (error !== undefined) return { crash: 'error', fact: messageOf(error), cause: error };
  if (signal !== undefined) return { crash: 'signal', fact: `ended by ${signal}` };
  return { crash: 'exit', fact: `process.exit(${exitCode ?? ''})` };
};

const limitText = (memoryMb: number | undefined): string =>
  memoryMb === undefined ? 'no memoryMb is set' : `memoryMb is ${memoryMb}`;

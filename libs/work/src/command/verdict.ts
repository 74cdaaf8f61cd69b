import { AppError, errorCode, messageOf } from '@precedent/kernel';
import type { OutputSummary } from './output.ts';

/** How a command ended, and the end of what it wrote. */
export interface CommandResult extends OutputSummary {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  /** The most memory of it and its children in any sample, in MiB; absent for a command that was too short. */
  readonly peakMemoryMb?: number;
  /** Processes of the attempt that could not be killed, `name (pid)`: another user's, or held by the kernel. */
  readonly leftRunning?: readonly string[];
}

const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** The error of a command that failed by its exit code or by a signal; `undefined` for one that succeeded. */
export const failureOf = (result: CommandResult): AppError | undefined => {
  const { exitCode, signal } = result;
  const details = { ...result };
  if (signal !== null) return new AppError('COMMAND_FAILED', `command was killed by ${signal}`, { details });
  if (exitCode === 0) return undefined;
  const fact = `command exited with code ${exitCode}`;
  if (exitCode === NOT_FOUND) {
    return new AppError('COMMAND_NOT_FOUND', `${fact}: a program was not found`, { details });
  }
  const why = exitCode === NOT_EXECUTABLE ? ': a program was found but could not be run' : '';
  return new AppError('COMMAND_FAILED', `${fact}${why}`, { details });
};

/** The error of a command that could not even be started. */
export const startFailure = (program: string, error: unknown): AppError => {
  const code = errorCode(error) ?? '';
  const reason = messageOf(error);
  const extras = { cause: error, details: { program, errno: code, retryable: false } };
  if (code === 'ENOENT') return new AppError('COMMAND_NOT_FOUND', `program ${program} was not found`, extras);
  if (code === 'ERR_INVALID_ARG_VALUE') {
    return new AppError('INVALID_TASK', `command cannot be started: ${reason}`, extras);
  }
  if (code === 'E2BIG') {
    const fact = 'its arguments and environment are longer than the system allows (E2BIG)';
    return new AppError('COMMAND_FAILED', `command cannot be started: ${fact}`, extras);
  }
  // Other errors are those of the machine (no memory, no more processes): a retry may succeed.
  const retryable = { cause: error, details: { program, errno: code } };
  return new AppError('COMMAND_FAILED', `command cannot be started: ${reason}`, retryable);
};

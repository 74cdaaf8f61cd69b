import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { StopSteps } from '@precedent/processes';
import { BROKEN_PIPE_EXIT, OUTPUT_FAILED_EXIT } from './exit-codes.ts';

/** An output of this process: 1 is stdout, 2 is stderr. */
export interface WatchedOutput {
  readonly fd: 1 | 2;
  readonly stream: Pick<Writable, 'write' | 'on'>;
}

export interface ReaderWatchOptions {
  readonly outputs: readonly WatchedOutput[];
  /** A closed terminal does not end this process (`nohup`): what it would have shown is dropped. */
  readonly ignoresHangup: boolean;
  readonly exit: (code: number) => void;
}

/**
 * What happens when the reader of an output goes away (`| head`, a closed terminal): the command that runs is stopped in good order, as
 * by Ctrl-C, and one that does not listen for Ctrl-C ends the process with 141, as SIGPIPE would. Where nothing can be written for another
 * reason, such as a full disk, the command goes on, and a good end becomes 74.
 */
export class OutputReaderWatch {
  readonly #options: ReaderWatchOptions;
  readonly #steps = new Set<StopSteps>();
  readonly #lost = new Set<number>();
  /** Whether a command was stopped because its reader went away. */
  #hasStopped = false;
  #hasFailed = false;

  constructor(options: ReaderWatchOptions) {
    this.#options = options;
    for (const { fd, stream } of options.outputs)
      stream.on('error', (error: Error) => this.#failed(fd, error));
  }

  /** What the process exits with when the command itself would exit with `code`. */
  exitCode(code: number): number {
    if (this.#hasStopped) return BROKEN_PIPE_EXIT;
    return this.#hasFailed && code === 0 ? OUTPUT_FAILED_EXIT : code;
  }

  /** Calls `steps.stop` when a reader goes away. The returned function ends that. */
  onLost(steps: StopSteps): () => void {
    this.#steps.add(steps);
    const ends = this.#options.outputs.map(({ fd }) => watchPipe(fd, () => this.#lose(fd)));
    return () => {
      for (const end of ends) end();
      this.#steps.delete(steps);
    };
  }

  #failed(fd: number, error: Error): void {
    const code = 'code' in error ? error.code : undefined;
    if (code === 'EPIPE' || (code === 'EIO' && !this.#options.ignoresHangup)) return this.#lose(fd);
    if (this.#lost.has(fd)) return;
    this.#lost.add(fd);
    // Under `nohup`, a terminal that is gone is no failure.
    if (code === 'EIO') return;
    this.#hasFailed = true;
    this.#sayFailed(fd, error);
  }

  /** On the other output. */
  #sayFailed(fd: number, { message }: Error): void {
    const name = fd === 1 ? 'stdout' : 'stderr';
    for (const other of this.#options.outputs)
      if (!this.#lost.has(other.fd)) other.stream.write(`${name} cannot be written: ${message}\n`);
  }

  #lose(fd: number): void {
    if (this.#lost.has(fd)) return;
    this.#lost.add(fd);
    if (this.#steps.size === 0) this.#options.exit(BROKEN_PIPE_EXIT);
    this.#hasStopped = true;
    for (const { stop } of this.#steps) stop('SIGPIPE');
  }
}

/**
 * Detects that the reader of a pipe has gone while there is nothing to write. Node cannot do that; the `tail` of Linux can, and ends with
 * this process. On other systems the next write detects it. The returned function ends the watch.
 */
const watchPipe = (fd: number, onLost: () => void): (() => void) => {
  if (!isPipe(fd)) return () => undefined;
  const args = ['-f', `--pid=${process.pid}`, '/dev/null'];
  const tail = spawn('tail', args, { stdio: ['ignore', fd, 'ignore'] });
  tail.unref();
  tail.on('error', () => undefined);
  tail.on('exit', (_, signal) => {
    if (signal === 'SIGPIPE') onLost();
  });
  return () => void tail.kill();
};

const isPipe = (fd: number): boolean => {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false;
  }
};

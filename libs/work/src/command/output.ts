import { StringDecoder } from 'node:string_decoder';
import { startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import { chunker } from './chunker.ts';
import { tail } from './tail.ts';
import type { Tail } from './tail.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface OutputOptions {
  /** Bytes of both buffers together that reach the log. */
  readonly logBytes: number;
  /** Bytes of the ends of both streams that go into the result. Each stream has half of them; of a failure also what the other one leaves. */
  readonly tailBytes: number;
  /** Bytes of one piece of the log at most. */
  readonly chunkBytes: number;
  /** Milliseconds that a whole line waits for more at most; a part of a line waits twice as long. */
  readonly flushMs: number;
  readonly log: (stream: OutputStream | 'log', text: string) => void;
  /** Called when output comes beyond the limit: the command is alive. At most once in `flushMs`. */
  readonly alive: () => void;
}

export interface OutputSummary {
  readonly stdout: string;
  readonly stderr: string;
  /** All output, also beyond the limit of the log. */
  readonly bytes: { readonly stdout: number; readonly stderr: number };
  /** The log ends before the output did. */
  readonly truncated: boolean;
}

/** The output of one attempt on its way into the log. */
export interface Output {
  take(stream: OutputStream, chunk: Buffer): void;
  /** Logs what is held back and stops the timer. Call it once, last. */
  finish(isFailure?: boolean): OutputSummary;
}

const buffer = (options: OutputOptions) => ({
  bytes: 0,
  tail: tail(options.tailBytes),
  decoder: new StringDecoder('utf8'),
  chunks: chunker(options.chunkBytes),
});

/** Streams output into the log: valid UTF-8, in pieces, up to a cap. Output beyond the limit is counted and dropped. */
export const captureOutput = (options: OutputOptions): Output => {
  const buffers = { stdout: buffer(options), stderr: buffer(options) };
  let room = options.logBytes;
  let truncated = false;
  let timer: Timer | undefined;

  const emit = (stream: OutputStream, pieces: readonly string[]): void => {
    for (const piece of pieces) options.log(stream, piece);
  };
  const emitRest = (): void => {
    emit('stdout', buffers.stdout.chunks.end());
    emit('stderr', buffers.stderr.chunks.end());
  };
  const tick = (): void => {
    timer = undefined;
    if (truncated) return options.alive();
    emit('stdout', buffers.stdout.chunks.tick());
    emit('stderr', buffers.stderr.chunks.tick());
    if (buffers.stdout.chunks.holding || buffers.stderr.chunks.holding) arm();
  };
  const arm = (): void => {
    timer ??= startTimer(options.flushMs, tick);
  };
  const truncate = (): void => {
    truncated = true;
    emitRest();
    options.log(
      'log',
      `output reached its limit of ${options.logBytes} bytes; the rest is counted, not kept\n`,
    );
  };

  return {
    take: (stream, chunk) => {
      const { decoder, chunks, tail: end } = buffers[stream];
      buffers[stream].bytes += chunk.length;
      end.push(chunk);
      if (!truncated) emit(stream, chunks.push(decoder.write(chunk.subarray(0, room))));
      if (chunk.length > room && !truncated) truncate();
      room = Math.max(0, room - chunk.length);
      arm();
    },
    finish: (isFailure = false) => {
      timer?.cancel();
      const { stdout, stderr } = buffers;
      if (!truncated) {
        emit('stdout', stdout.chunks.push(stdout.decoder.end()));
        emit('stderr', stderr.chunks.push(stderr.decoder.end()));
      }
      emitRest();
      const bytes = { stdout: stdout.bytes, stderr: stderr.bytes };
      const tails = { stdout: stdout.tail, stderr: stderr.tail };
      return { ...endsOf(tails, options.tailBytes, isFailure), bytes, truncated };
    },
  };
};

interface Tails {
  readonly stdout: Tail;
  readonly stderr: Tail;
}

const endsOf = (
  { stdout, stderr }: Tails,
  tailBytes: number,
  isFailure: boolean,
): Pick<OutputSummary, 'stdout' | 'stderr'> => {
  const half = Math.ceil(tailBytes / 2);
  const roomBeside = ({ bytes }: Tail): number => (isFailure ? tailBytes - Math.min(bytes, half) : half);
  return { stdout: stdout.text(roomBeside(stderr)), stderr: stderr.text(roomBeside(stdout)) };
};

import { charBoundary } from '@precedent/kernel';
import { LIMITS } from '@precedent/contracts';
import type { LogChunk } from '@precedent/contract-types';
import { oncePerTurn } from '../once-per-turn.ts';

export type LogStream = LogChunk['stream'];

export interface AttemptLogOptions {
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  /** Bytes that the attempt may keep. */
  readonly capBytes: number;
  /** Resolves when the chunk is stored, or will not be. */
  readonly store: (chunk: LogChunk) => Promise<void>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const encoder = new TextEncoder();
/** Characters in a chunk; in UTF-8 they are within the chunk's bytes. */
const CHUNK_CHARS = Math.floor(LIMITS.logChunkBytes / 3);

/**
 * The log of one attempt: keeps the order, gathers what is written in one turn of the event loop, and after the cap says once
 * that the rest was dropped.
 */
export class AttemptLog {
  readonly #options: AttemptLogOptions;
  #left: number;
  #stream: LogStream = 'log';
  #text = '';
  #truncated = false;
  #storing = 0;
  #stored: (() => void) | undefined;
  readonly #sendSoon = oncePerTurn(() => this.#send());

  constructor(options: AttemptLogOptions) {
    this.#options = options;
    this.#left = options.capBytes;
  }

  write(stream: LogStream, text: string): void {
    if (this.#truncated || text === '') return;
    if (stream !== this.#stream) this.#send();
    this.#stream = stream;
    const fitting = this.#withinCap(text);
    this.#text += this.#separator(stream) + fitting;
    if (fitting.length < text.length) this.#truncate();
    else if (this.#text.length >= CHUNK_CHARS) this.#send();
    else this.#sendSoon();
  }

  /** Sends what is left; resolves when everything is stored. */
  close(): Promise<void> {
    this.#send();
    if (this.#storing === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stored = resolve;
    });
  }

  /** The part of the text for which there is room. */
  #withinCap(text: string): string {
    if (text.length * 3 <= this.#left) {
      this.#left -= encoder.encode(text).length;
      return text;
    }
    const { read, written } = encoder.encodeInto(text, new Uint8Array(this.#left));
    this.#left -= written;
    return text.slice(0, read);
  }

  /** Lines of a handler are calls of `log`; output of a process has its own line ends. */
  #separator(stream: LogStream): string {
    return stream === 'log' && this.#text !== '' && !this.#text.endsWith('\n') ? '\n' : '';
  }

  #truncate(): void {
    this.#truncated = true;
    this.#send();
    this.#store({ ...this.#chunk(''), truncated: true });
  }

  #send(): void {
    const text = this.#text;
    this.#text = '';
    for (let at = 0; at < text.length;) {
      const end = charBoundary(text, at + CHUNK_CHARS);
      this.#store(this.#chunk(text.slice(at, end)));
      at = end;
    }
  }

  #chunk(text: string): LogChunk {
    const { id, epoch, attempt, now } = this.#options;
    return { id, epoch, attempt, stream: this.#stream, at: now(), text };
  }

  #store(chunk: LogChunk): void {
    this.#storing++;
    void this.#options.store(chunk).finally(() => {
      this.#storing--;
      if (this.#storing === 0) this.#stored?.();
    });
  }
}

/** Keeps the end of a stream of bytes. */
export interface Tail {
  push(chunk: Buffer): void;
  /** How many bytes it holds. */
  readonly bytes: number;
  /** The last bytes as text, at most `maxBytes`; a character that was cut at the front is left out, what is not UTF-8 becomes U+FFFD. */
  text(maxBytes?: number): string;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** `limitBytes`: how many bytes it keeps. */
export const tail = (limitBytes: number): Tail => {
  let end = Buffer.alloc(0);
  let cut = false;
  return {
    push: (chunk) => {
      cut ||= end.length + chunk.length > limitBytes;
      const room = Math.max(0, limitBytes - chunk.length);
      // `concat` copies, so that a large chunk is not held in memory by its last bytes.
      end = Buffer.concat([end.subarray(Math.max(0, end.length - room)), chunk.subarray(-limitBytes)]);
    },
    get bytes() {
      return end.length;
    },
    text: (maxBytes = limitBytes) => {
      const start = Math.max(0, end.length - maxBytes);
      let from = start;
      while ((cut || start > 0) && from < start + 3 && isContinuation(end[from])) from++;
      return end.subarray(from).toString('utf8');
    },
  };
};

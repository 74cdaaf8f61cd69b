import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** The lines that are appended to a log. */
export interface LogFollower {
  /** Reads what was written until now. */
  read(): void;
  /** Nothing is read from then on. */
  close(): void;
}

const CHUNK_BYTES = 1_048_576;
/** Of a line; of a longer one the start is lost. */
const LINE_CHARS_MAX = 262_144;

/**
 * Calls `onLine` with each whole line that is appended to a log from now on, also when the file is renamed and another one takes its place.
 * What is replaced more than once between two reads is lost.
 */
export const followLog = (file: string, onLine: (line: string) => void): LogFollower => {
  let open = openLog(file);
  if (open) open.at = fstatSync(open.fd).size;
  let [rest, isClosed] = ['', false];
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-LINE_CHARS_MAX);
    for (const line of lines) onLine(line);
  };
  const read = (): void => {
    const isReplaced = open !== undefined && inodeOf(file) !== open.inode;
    if (open) readOn(open, take);
    const next = !isClosed && (open === undefined || isReplaced) ? openLog(file) : undefined;
    if (next === undefined) return;
    if (open) closeSync(open.fd);
    open = next;
    readOn(open, take);
  };
  const close = (): void => {
    if (open) closeSync(open.fd);
    [open, isClosed] = [undefined, true];
  };
  return { read, close };
};

interface OpenLog {
  readonly fd: number;
  readonly inode: number;
  readonly decoder: StringDecoder;
  /** Bytes that were read. */
  at: number;
}

const openLog = (file: string): OpenLog | undefined => {
  try {
    const fd = openSync(file, 'r');
    return { fd, inode: fstatSync(fd).ino, decoder: new StringDecoder('utf8'), at: 0 };
  } catch {
    return undefined;
  }
};

const inodeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino;

const readOn = (open: OpenLog, take: (text: string) => void): void => {
  const { size } = fstatSync(open.fd);
  // It was emptied in place.
  if (size < open.at) open.at = 0;
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - open.at));
  for (let bytes = 1; chunk.length > 0 && bytes > 0;) {
    bytes = readSync(open.fd, chunk, 0, chunk.length, open.at);
    open.at += bytes;
    take(open.decoder.write(chunk.subarray(0, bytes)));
  }
};

import { Transform } from 'node:stream';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { fieldOf } from '@precedent/kernel';
import { inexactnessOf } from './message-body.ts';

/** A message is not longer, as over HTTP. Bytes. */
const LINE_BYTES_MAX = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of an input that say what their values say: the SDK would read another value, such as the last one of a key that comes twice. The
 * others are answered by `refuse`. What is no JSON goes on to the SDK, which leaves it out.
 */
export const exactLines = (refuse: (refusal: JSONRPCMessage) => void): Transform => {
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([rest, chunk]);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      rest = bytes.subarray(end);
      for (const line of linesOf(bytes.subarray(0, end))) {
        const refusal = refusalOf(line);
        if (refusal) refuse(refusal);
        else this.push(line);
      }
      done(
        rest.length > LINE_BYTES_MAX ? new Error(`a message is longer than ${LINE_BYTES_MAX} bytes`) : null,
      );
    },
  });
};

/** Each with its end. */
function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, from) + 1;
    yield bytes.subarray(from, end);
    from = end;
  }
}

const INVALID_REQUEST = -32_600;

const refusalOf = (line: Buffer): JSONRPCMessage | undefined => {
  const problem = inexactnessOf(line);
  const message = problem && valueOf(line);
  if (typeof message !== 'object' || message === null) return undefined;
  const id = fieldOf(message, 'id');
  const named = typeof id === 'string' || typeof id === 'number' ? { id } : {};
  return { jsonrpc: '2.0', ...named, error: { code: INVALID_REQUEST, message: problem?.message ?? '' } };
};

const valueOf = (line: Buffer): unknown => {
  try {
    return JSON.parse(line.toString()) as unknown;
  } catch {
    return undefined;
  }
};

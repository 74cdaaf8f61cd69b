import type { MsgHdrs } from '@nats-io/nats-core';

/** UTF-8 bytes as text, without a copy; several times faster than TextDecoder for short ones. */
export const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

/**
 * Headers that are encoded already. Publishing calls only `encode()` of a header object, and building a real one costs more than the rest
 * of a publish.
 */
export const encodedHeaders = (bytes: Uint8Array): MsgHdrs => ({ encode: () => bytes }) as unknown as MsgHdrs;

/** `text` holds whole header lines, each ended by CR LF, in ASCII. */
export const headersFromText = (text: string): MsgHdrs =>
  encodedHeaders(Buffer.from(`NATS/1.0\r\n${text}\r\n`, 'latin1'));

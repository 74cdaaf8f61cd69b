import type { LogChunk, TaskEvent } from '@precedent/contract-types';
import { problemOf } from '@precedent/kernel';
import type { StreamedEvent } from '@precedent/ports';

/** The first bytes of a stream: how long a client waits before it connects again, in milliseconds. */
export const PREAMBLE = 'retry: 2000\n\n';
/** Ignored by clients. */
export const HEARTBEAT = ': \n\n';

/** An id without data only moves the place from which a client goes on. */
export const placeFrame = (place: string | number): string => `id: ${place}\n\n`;

/** An item of a stream of events. */
export const eventFrame = (item: StreamedEvent): string => {
  if (item.kind === 'position') return placeFrame(item.at);
  if (item.kind === 'event') return `id: ${item.event.sequence}\ndata: ${JSON.stringify(item.event)}\n\n`;
  const { from, to } = item;
  return `id: ${to}\nevent: gap\ndata: ${JSON.stringify({ from, to })}\n\n`;
};

/** An event that no client can go on from: it has no id. */
export const passingFrame = (event: TaskEvent): string =>
  `event: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`;

/** A chunk of output; `last` is where a client goes on. */
export const logFrame = (chunk: LogChunk, last: number | undefined): string =>
  `${last === undefined ? '' : `id: ${last}\n`}data: ${JSON.stringify(chunk)}\n\n`;

/** The last frame of a stream to which nothing more comes. */
export const endFrame = (reason: unknown): string => {
  const end = reason === undefined ? { code: 'SETTLED', message: 'the task is settled' } : problemOf(reason);
  return `event: end\ndata: ${JSON.stringify({ code: end.code, message: end.message })}\n\n`;
};

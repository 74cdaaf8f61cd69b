import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { OperationCall, OperationTexts } from './operation-calls.port.ts';
import type { TextSeal } from './text-seal.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A cursor is for the next pages of a list, not to be kept. Milliseconds. */
const CURSOR_MS = 24 * 60 * 60 * 1_000;

export interface SealedCursorOptions {
  readonly calls: OperationTexts;
  readonly seal: TextSeal;
  /** Whether the replies of an operation are pages. */
  readonly hasPages: (call: OperationCall) => boolean;
  readonly now: () => EpochMs;
}

/**
 * Cursors of services say what a page ends with, also to a caller that may not see it later: clients carry them sealed. A call rejects with
 * INVALID_REQUEST for a cursor of another list, caller or filter, and for an old one.
 */
export const sealedCursors = ({ calls, seal, hasPages, now }: SealedCursorOptions): OperationTexts => {
  const paged = async (call: OperationCall): Promise<unknown> => {
    const reply = (await calls.call({ ...call, request: opened(call, seal, now()) })) as Fields;
    const { cursor } = reply;
    return typeof cursor === 'string'
      ? { ...reply, cursor: seal.seal(`${now()} ${cursor}`, contextOf(call)) }
      : reply;
  };
  return {
    call: (call) => (hasPages(call) ? paged(call) : calls.call(call)),
    text: async (call) => (hasPages(call) ? JSON.stringify(await paged(call)) : calls.text(call)),
  };
};

const opened = (call: OperationCall, seal: TextSeal, now: EpochMs): unknown => {
  const { cursor } = (call.request ?? {}) as Fields;
  if (cursor === undefined) return call.request;
  const text = typeof cursor === 'string' ? seal.open(cursor, contextOf(call)) : undefined;
  return { ...(call.request as Fields), cursor: openedCursor(text, now) };
};

const openedCursor = (text: string | undefined, now: number): string => {
  const [, at, cursor] = /^(\d+) (.*)$/s.exec(text ?? '') ?? [];
  if (cursor === undefined)
    throw refused('it is not of an earlier page of this list, for this caller and these conditions');
  if (now - Number(at) > CURSOR_MS) throw refused('it is older than a day: begin with the first page again');
  return cursor;
};

const refused = (message: string): AppError =>
  new AppError('INVALID_REQUEST', `cursor: ${message}`, { issues: [{ field: 'cursor', message }] });

/** What a cursor is bound to: `cursor` and `limit` may differ from page to page. */
const contextOf = ({ group, verb, caller, request }: OperationCall): string => {
  const conditions = Object.entries((request ?? {}) as Fields)
    .filter(([field, value]) => field !== 'cursor' && field !== 'limit' && value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([`${group}.${verb}`, caller?.credential, caller?.namespace, conditions]);
};

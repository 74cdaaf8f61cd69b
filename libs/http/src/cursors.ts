import { AppError } from '@precedent/kernel';
import type { OperationName } from '@precedent/contracts';
import type { CallingPrincipal, TextSeal } from '@precedent/ports';
import { z } from 'zod';
import type { RequestFields } from './read-request.ts';
import type { RoutedOperation } from './routes.ts';

/** What a cursor is bound to. */
export interface PageOf {
  readonly name: OperationName;
  readonly caller: CallingPrincipal | undefined;
  /** Of the request. `cursor` and `limit` may differ from page to page. */
  readonly fields: RequestFields;
}

export interface Cursors {
  /** The request as the service reads it. Throws INVALID_REQUEST for a cursor of another list, caller or filter, and for an old one. */
  opened(page: PageOf): RequestFields;
  /** The reply as its caller gets it. */
  sealed(page: PageOf, reply: unknown): unknown;
}

/** A cursor is for the next pages of a list, not to be kept. Milliseconds. */
const CURSOR_MS = 24 * 60 * 60 * 1_000;

/** Cursors of services say what a page ends with, also to a caller that may not see it later: clients carry them sealed. */
export const sealedCursors = (seal: TextSeal, now: () => number): Cursors => ({
  opened: (page) => {
    const { cursor } = page.fields;
    if (cursor === undefined) return page.fields;
    const text = typeof cursor === 'string' ? seal.open(cursor, contextOf(page)) : undefined;
    return { ...page.fields, cursor: openedCursor(text, now()) };
  },
  sealed: (page, reply) => {
    const { cursor } = reply as { readonly cursor?: string };
    if (cursor === undefined) return reply;
    return { ...(reply as object), cursor: seal.seal(`${now()} ${cursor}`, contextOf(page)) };
  },
});

/** Whether the replies of an operation are pages. */
export const hasPages = ({ operation: { request } }: RoutedOperation): boolean =>
  request instanceof z.ZodObject && 'cursor' in request.shape;

const openedCursor = (text: string | undefined, now: number): string => {
  const [, at, cursor] = /^(\d+) (.*)$/s.exec(text ?? '') ?? [];
  if (cursor === undefined)
    throw refused('it is not of an earlier page of this list, for this caller and these conditions');
  if (now - Number(at) > CURSOR_MS) throw refused('it is older than a day: begin with the first page again');
  return cursor;
};

const refused = (message: string): AppError =>
  new AppError('INVALID_REQUEST', `cursor: ${message}`, { issues: [{ field: 'cursor', message }] });

const contextOf = ({ name, caller, fields }: PageOf): string => {
  const conditions = Object.entries(fields)
    .filter(([field]) => field !== 'cursor' && field !== 'limit')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, caller?.credential, caller?.namespace, conditions]);
};

import { AppError, asc } from '@precedent/kernel';
import { callerFor } from '@precedent/ports';
import type { CallingPrincipal, OperationCalls } from '@precedent/ports';
import type { FastifyInstance } from 'fastify';
import { requestReader } from '../read-request.ts';
import type { RequestFields, RequestParts } from '../read-request.ts';
import { ROUTED } from '../routes.ts';
import { callerSessionOf, namespaceOf } from '../task-routes.ts';
import { LiveBoard } from './live-board.ts';
import { sendStream } from './send-stream.ts';
import type { StreamOptions } from './send-stream.ts';

export interface LiveOptions extends StreamOptions {
  readonly calls: OperationCalls;
}

/** Five frames a second. */
const INTERVAL_MS = 200;
const ROWS = 50;
const ROWS_MAX = 200;

/** The view of a cell for screens: counts, and the tasks of a window, which is a request of `task.list`. */
export const addLiveRoute = (app: FastifyInstance, prefix: string, options: LiveOptions): void => {
  const boards = new LiveBoards(options.calls);
  const listed = ROUTED.find(({ name }) => name === 'task.list');
  if (listed === undefined) throw new Error('tasks have no list');
  const read = requestReader(listed);
  app.get(`${prefix}/live`, async (request, reply) => {
    const caller = callerFor(callerSessionOf(request), namespaceOf(request));
    const board = boards.of(caller, read(request as RequestParts));
    return sendStream(request, reply, { ...options, source: (signal) => board.frames(signal) });
  });
};

/** One board for all viewers of the same window with the same credential. */
class LiveBoards {
  readonly #calls: OperationCalls;
  readonly #boards = new Map<string, LiveBoard>();

  constructor(calls: OperationCalls) {
    this.#calls = calls;
  }

  of(caller: CallingPrincipal | undefined, fields: RequestFields): LiveBoard {
    const window = { ...fields, limit: rowsOf(fields['limit']) };
    const key = JSON.stringify([caller, Object.entries(window).toSorted(asc(([name]) => name))]);
    for (const [other, board] of this.#boards) if (!board.isWatched) this.#boards.delete(other);
    const known = this.#boards.get(key);
    if (known) return known;
    const { namespace, project, projects } = fields;
    const counts = Object.fromEntries(
      Object.entries({ namespace, project, projects }).filter(([, value]) => value !== undefined),
    );
    const board = new LiveBoard({ calls: this.#calls, caller, counts, window, intervalMs: INTERVAL_MS });
    this.#boards.set(key, board);
    return board;
  }
}

const rowsOf = (limit: unknown): number => {
  if (limit === undefined) return ROWS;
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= ROWS_MAX) return limit;
  throw new AppError('INVALID_REQUEST', `limit: expected 1 to ${ROWS_MAX}`, {
    issues: [{ field: 'limit', message: `expected 1 to ${ROWS_MAX}` }],
  });
};

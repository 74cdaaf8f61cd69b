import { AppError, asc } from '@precedent/kernel';
import { callerFor } from '@precedent/ports';
import type { CallingPrincipal, OperationCalls } from '@precedent/ports';
import type { FastifyInstance } from 'fastify';
import { requestReader } from '../read-request.ts';
import type { RequestFields, RequestParts } from '../read-request.ts';
import { ROUTED } from '../routes.ts';
import { callerSessionOf, namespaceOf } from '../task-routes.ts';
import { LiveBoard } from './live-board.ts';
import { LIVE_WINDOWS, isLiveWindow } from './live-window.ts';
import type { LiveWindow } from './live-window.ts';
import { sendStream } from './send-stream.ts';
import type { StreamOptions } from './send-stream.ts';

export interface LiveOptions extends StreamOptions {
  readonly calls: OperationCalls;
}

/** Five frames a second. */
const INTERVAL_MS = 200;
const ROWS = 50;
const ROWS_MAX = 200;

/** The view of a cell for screens: counts, and the tasks of a window, with the conditions of `task.list`. */
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

  of(caller: CallingPrincipal | undefined, { window: name, ...fields }: RequestFields): LiveBoard {
    const window = windowOf(name, fields);
    const tasks = { ...fields, limit: rowsOf(fields['limit']) };
    const key = JSON.stringify([caller, name, Object.entries(tasks).toSorted(asc(([field]) => field))]);
    for (const [other, board] of this.#boards) if (!board.isWatched) this.#boards.delete(other);
    const known = this.#boards.get(key);
    if (known) return known;
    const { namespace, project, projects } = fields;
    const counts = Object.fromEntries(
      Object.entries({ namespace, project, projects }).filter(([, value]) => value !== undefined),
    );
    const reads = { calls: this.#calls, caller, counts, tasks, window };
    const board = new LiveBoard({ ...reads, intervalMs: INTERVAL_MS });
    this.#boards.set(key, board);
    return board;
  }
}

const rowsOf = (limit: unknown): number => {
  if (limit === undefined) return ROWS;
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= ROWS_MAX) return limit;
  throw refused('limit', `expected 1 to ${ROWS_MAX}`);
};

const windowOf = (name: unknown, { state }: RequestFields): LiveWindow | undefined => {
  if (name === undefined) return undefined;
  if (!isLiveWindow(name)) throw refused('window', `expected ${Object.keys(LIVE_WINDOWS).join(', ')}`);
  if (state !== undefined) throw refused('state', `the window "${name}" has states of its own`);
  return LIVE_WINDOWS[name];
};

const refused = (field: string, message: string): AppError =>
  new AppError('INVALID_REQUEST', `${field}: ${message}`, { issues: [{ field, message }] });

import type { SubmitReply, TaskView } from '@precedent/contract-types';
import { Probe, perBand } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type {
  DefinitionApi,
  RunApi,
  ScheduleApi,
  EngineApi,
  ExplanationApi,
  Offer,
  PredictionSink,
  Reply,
  TaskApi,
  WorkerApi,
} from '@precedent/ports';

/** All ports of an engine at once: its answers are scripted, and it records every call. */
export interface ScriptedApi extends TaskApi, WorkerApi, ExplanationApi, PredictionSink {
  /** Every offer, in the order of arrival. */
  readonly offers: Offer[];
  /** Every other call: its name and its arguments without the reply. */
  readonly calls: unknown[][];
  /** Hit for each offer and for each other call. */
  readonly offered: Probe<Offer>;
  readonly called: Probe<unknown[]>;
  /** The answer to an offer; by default it is accepted. */
  answer: (offer: Offer, seq: number) => SubmitReply;
  /** The task of `get`, `cancel` and `wait`; `undefined` is answered with TASK_NOT_FOUND. */
  task: TaskView | undefined;
  /** While `true`, offers wait for their answers. */
  holds: boolean;
  /** The session that holds a lease, by `<task>/<epoch>`. */
  readonly holders: Map<string, string>;
  readonly free: Record<Band, number>;
}

const noTasks = () => ({
  waiting: 0,
  queued: 0,
  running: 0,
  retrying: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  timed_out: 0,
  skipped: 0,
  rejected: 0,
});

export const idOf = (offer: Offer): string =>
  'task' in offer ? (offer.task.id ?? offer.id ?? 'made-by-the-engine') : offer.id;

export const accepted = (offer: Offer, seq: number): SubmitReply => ({ id: idOf(offer), seq });

export const aTask = (more: Partial<TaskView> = {}): TaskView => ({
  id: 't1',
  namespace: 'default',
  project: 'default',
  type: 'document.process',
  band: 'normal',
  pool: 'default',
  state: 'running',
  attempt: 1,
  retries: 0,
  submittedAt: 1_790_000_000_000,
  ...more,
});

const NOT_FOUND = { error: { code: 'TASK_NOT_FOUND', message: 'no task with this id' } } as const;

export const scriptedApi = (): ScriptedApi => {
  const note = (...call: unknown[]): void => {
    api.calls.push(call);
    api.called.hit(call);
  };
  const later = <T>(reply: Reply<T>, answer: T): void => queueMicrotask(() => reply(answer));
  const found = (reply: Reply<TaskView | typeof NOT_FOUND>): void => later(reply, api.task ?? NOT_FOUND);
  const api: ScriptedApi = {
    offers: [],
    calls: [],
    offered: new Probe<Offer>(),
    called: new Probe<unknown[]>(),
    answer: accepted,
    task: undefined,
    holds: false,
    holders: new Map(),
    free: { low: 1_000, normal: 1_000, high: 1_000, critical: 1_000 },
    submit: (offers, reply) => {
      const answers = offers.map((offer) => api.answer(offer, api.offers.push(offer)));
      if (!api.holds) later(reply, answers);
      for (const offer of offers) api.offered.hit(offer);
    },
    room: (band) => api.free[band],
    get: (id, reply) => [note('get', id), found(reply)],
    cancel: (request, reply) => [note('cancel', request), found(reply)],
    reband: (request, reply) => [note('reband', request), found(reply)],
    wait: (id, timeoutMs, reply) => [note('wait', id, timeoutMs), found(reply)],
    list: (filter, reply) => [
      note('list', filter),
      later(reply, { tasks: api.task ? [api.task] : [], truncated: false }),
    ],
    counts: (filter, reply) => [note('counts', filter), later(reply, { bands: perBand(noTasks) })],
    retry: (request, reply) => [
      note('retry', request),
      later(reply, api.task ? { task: api.task, reopened: [] } : NOT_FOUND),
    ],
    delete: (request, reply) => [
      note('delete', request),
      later(reply, api.task ? { id: request.id, deleted: true } : NOT_FOUND),
    ],
    workers: (reply) => [note('workers'), later(reply, [])],
    status: (reply) => later(reply, STATUS),
    limitUse: ({ name }, reply) =>
      later(reply, {
        error: { code: 'DEFINITION_NOT_FOUND', message: `the namespace has no limit ${name}` },
      }),
    hello: (hello, reply) => [
      note('hello', hello),
      later(reply, { ok: true, leaseMs: 10_000, heartbeatMs: 3_000, keep: hello.running }),
    ],
    leased: (session, lease) => (note('leased', session, lease), undefined),
    heartbeat: (session, running, quiet, frozen) => note('heartbeat', session, running, quiet, frozen),
    blocked: (session, blocked) => note('blocked', session, blocked),
    progress: (session, lease, fraction, message) => note('progress', session, lease, fraction, message),
    report: (session, settled, reply) => [note('report', session, settled), later(reply, [['t9', 1]])],
    recordStep: (session, lease, step, reply) => [
      note('recordStep', session, lease, step),
      later(reply, { ok: true }),
    ],
    atomic: (session, lease, maxMs) => note('atomic', session, lease, maxMs),
    load: (session, load) => note('load', session, load),
    update: (predictions) => note('update', predictions),
    why: (id, reply) => [note('why', id), later(reply, NOT_FOUND)],
    decisions: (filter, reply) => [note('decisions', filter), later(reply, [])],
    dryRun: (task, reply) => [
      note('dryRun', task),
      later(reply, { outcome: 'infeasible', explanation: 'no worker', candidates: [] }),
    ],
    holderOf: ([id, epoch]) => api.holders.get(`${id}/${epoch}`),
    draining: (session) => note('draining', session),
    bye: (session, reply) => [note('bye', session), later(reply, undefined)],
  };
  return api;
};

const EMPTY = { waiting: 0, queued: 0, queuedBytes: 0, running: 0, retrying: 0 };

const STATUS = {
  state: 'running',
  cell: 'main',
  epoch: 1,
  startedAt: 1_790_000_000_000,
  journalSeq: 7,
  bands: { low: EMPTY, normal: EMPTY, high: EMPTY, critical: EMPTY },
  settled: { completed: 0, failed: 0, cancelled: 0, timed_out: 0, skipped: 0, rejected: 0 },
  workers: 0,
  slots: 0,
  loads: { normal: 0, elevated: 0, high: 0, critical: 0 },
  staleReports: 0,
  voidEntries: 0,
};

/** As an engine shows itself to callers where access is open. */
export const everybodyMayUse = (api: TaskApi & ExplanationApi): Pick<EngineApi, 'forCaller'> => ({
  forCaller: () => ({
    tasks: api,
    explanations: api,
    definitions: NO_DEFINITIONS,
    runs: NO_RUNS,
    schedules: NO_SCHEDULES,
  }),
});

const none = (_of: unknown, _request: unknown, reply: (answer: { readonly error: Problem }) => void): void =>
  reply({ error: { code: 'DEFINITION_NOT_FOUND', message: 'there are no definitions' } });

export const NO_DEFINITIONS: DefinitionApi = { put: none, get: none, list: none, delete: none };

const noRun = { error: { code: 'TASK_NOT_FOUND', message: 'there are no runs' } } as const;

export const NO_RUNS: RunApi = {
  show: (_id, reply) => reply(noRun),
  signal: (_request, _actor, reply) => reply(noRun),
  decide: (_request, _actor, reply) => reply(noRun),
  pause: (_id, _actor, reply) => reply(noRun),
  resume: (_id, _actor, reply) => reply(noRun),
  approvals: (_request, reply) => reply({ approvals: [], truncated: false }),
};

const noSchedule = (_request: unknown, reply: (answer: { readonly error: Problem }) => void): void =>
  none('schedule', _request, reply);

export const NO_SCHEDULES: ScheduleApi = {
  pause: noSchedule,
  resume: noSchedule,
  trigger: noSchedule,
  preview: noSchedule,
};

import type { Band } from '@precedent/kernel';

export const DEFAULT_ROOT = 'precedent.v1';
export const DEFAULT_CELL = 'main';

/** The verbs of the engine's API service; each is a request to `<root>.task.<verb>`. */
export const API_VERBS = [
  'get',
  'list',
  'cancel',
  'wait',
  'workers',
  'status',
  'why',
  'decisions',
  'dryRun',
] as const;
export type ApiVerb = (typeof API_VERBS)[number];

export const TASK_EVENTS = [
  'queued',
  'started',
  'progress',
  'retrying',
  'requeued',
  'stopping',
  'preempting',
  'preempted',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'rejected',
] as const;
export type TaskEventName = (typeof TASK_EVENTS)[number];

/** A dot would split a subject into more tokens, so a type such as `document.process` becomes `document-process`. */
export const subjectToken = (text: string): string => text.replaceAll('.', '-');

/** Every subject of Precedent, under one configurable root. */
export const subjectsOf = (root: string = DEFAULT_ROOT) => ({
  root,
  /** Drop door: a JetStream publish, accepted while no engine runs. */
  drop: (band: Band | '*') => `${root}.tasks.${band}`,
  /** Ask door: a request, answered after the commit. */
  submit: (band: Band | '*') => `${root}.submit.${band}`,
  api: (verb: ApiVerb) => `${root}.task.${verb}`,
  apiGroup: `${root}.task`,
  event: (e: { namespace: string; project: string; type: string; event: TaskEventName }) =>
    `${root}.events.${e.namespace}.${e.project}.${subjectToken(e.type)}.${e.event}`,
  events: (filter = '>') => `${root}.events.${filter}`,
  /** Engine to one worker session: tasks to run. */
  assign: (session: string) => `${root}.worker.${session}.assign`,
  /** Engine to one worker session: abort, cancel, drain, who. */
  signal: (session: string) => `${root}.worker.${session}.signal`,
  /** Worker to engine: hello, bye, settled (requests); heartbeat, progress (no answer). */
  report: (cell: string) => `${root}.cell.${cell}.report`,
  /** Engine to all workers of a cell: "I am the engine now, say what you run". */
  rollCall: (cell: string) => `${root}.cell.${cell}.roll-call`,
  journal: (cell: string) => `${root}.journal.${cell}`,
  snapshot: (cell: string) => `${root}.snapshot.${cell}`,
  log: (task: string) => `${root}.logs.${task}`,
  logs: `${root}.logs.>`,
});

export type Subjects = ReturnType<typeof subjectsOf>;

/** Names of streams and buckets, derived from the root, so that two roots share a server in peace. */
export const streamsOf = (root: string = DEFAULT_ROOT) => {
  const suffix = root === DEFAULT_ROOT ? '' : `_${root.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`;
  return {
    tasks: `PRECEDENT_TASKS${suffix}`,
    logs: `PRECEDENT_LOGS${suffix}`,
    leases: `LEASES${suffix}`,
    /** Object store: checkpoints too large for the journal. */
    blobs: `PRECEDENT_BLOBS${suffix}`,
    journal: (cell: string) => `JOURNAL_${cell}${suffix}`,
    snapshot: (cell: string) => `SNAPSHOT_${cell}${suffix}`,
    door: (band: Band) => `door-${band}`,
  };
};

export type Streams = ReturnType<typeof streamsOf>;

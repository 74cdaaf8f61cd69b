import type { DefinitionKind, TaskEventName } from '@precedent/contract-types';
import type { Band } from '@precedent/kernel';
import type {
  AccessVerb,
  ApiVerb,
  HistoryVerb,
  RunVerb,
  SearchVerb,
  WebhookVerb,
} from './operations/verbs.ts';

export const DEFAULT_ROOT = 'precedent.v1';
export const DEFAULT_CELL = 'main';

/** A dot would split a subject into more tokens, so a type such as `document.process` becomes `document-process`. */
export const subjectToken = (text: string): string => text.replaceAll('.', '-');

/** What the subject of a task's event names. */
interface EventPlace {
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  readonly security?: string | undefined;
}

/** The server separates subjects: so events of labelled tasks have their own, with the label before all else. */
const eventPlace = (root: string, { namespace, project, type, security }: EventPlace): string => {
  const feed = security === undefined ? 'events' : `labelled.${security}`;
  return `${root}.${feed}.${namespace}.${project}.${subjectToken(type)}`;
};

/** Every subject of Precedent, under one configurable root. */
export const subjectsOf = (root: string = DEFAULT_ROOT) => ({
  root,
  /** Stream ingress: a JetStream publish, accepted while no engine runs. */
  drop: (band: Band | '*') => `${root}.tasks.${band}`,
  /** Request ingress: a request, answered after the commit. */
  submit: (band: Band | '*') => `${root}.submit.${band}`,
  api: (verb: ApiVerb) => `${root}.task.${verb}`,
  apiGroup: `${root}.task`,
  access: (verb: AccessVerb) => `${root}.access.${verb}`,
  accessGroup: `${root}.access`,
  history: (verb: HistoryVerb) => `${root}.history.${verb}`,
  historyGroup: `${root}.history`,
  search: (verb: SearchVerb) => `${root}.search.${verb}`,
  searchGroup: `${root}.search`,
  webhooks: (verb: WebhookVerb) => `${root}.webhooks.${verb}`,
  webhooksGroup: `${root}.webhooks`,
  runs: (verb: RunVerb) => `${root}.run.${verb}`,
  runsGroup: `${root}.run`,
  /** The operations of a kind of definition. */
  definitions: (of: DefinitionKind, verb: string) => `${root}.${of}.${verb}`,
  definitionsGroup: (of: DefinitionKind) => `${root}.${of}`,
  /** Of each stored change of a webhook: only that there is one. */
  webhookChanged: `${root}.webhooks.stored.>`,
  /** Notes and resolutions, which are in no journal entry. */
  memory: `${root}.memory`,
  event: (e: EventPlace & { readonly event: TaskEventName }) => `${eventPlace(root, e)}.${e.event}`,
  /** Of a failed task, from the vectorizer: whether it was seen before, and what helped. */
  seenBefore: (e: EventPlace) => `${eventPlace(root, e)}.seen_before`,
  /** Of an open task, from the vectorizer: that it is likely to fail, or to run out of time. */
  warned: (e: EventPlace) => `${eventPlace(root, e)}.warned`,
  /** About the machine of a worker; one token more than a task's event, so that no filter for tasks meets it. */
  workerEvent: (e: { cell: string; worker: string; event: string }) =>
    `${root}.events.${e.cell}.worker.${subjectToken(e.worker)}.machine.${e.event}`,
  events: (filter = '>') => `${root}.events.${filter}`,
  /** Events of tasks with this security label, which no subscription to `events` gets. `*`: with any label. */
  labelledEvents: (label: string, filter = '>') => `${root}.labelled.${label}.${filter}`,
  /** Engine to one worker session: tasks to run. */
  assign: (session: string) => `${root}.worker.${session}.assign`,
  /** Engine to one worker session: stop, yield, suspend, resume, drain, identify. */
  signal: (session: string) => `${root}.worker.${session}.signal`,
  /** Worker to engine: hello, bye, settled (requests); heartbeat, progress (no answer). */
  report: (cell: string) => `${root}.cell.${cell}.report`,
  /** Heartbeat of the engine that leads a cell, to all its workers. Named roll-call on the wire. */
  leaderHeartbeat: (cell: string) => `${root}.cell.${cell}.roll-call`,
  /** Engines that wait for the cell, to the one that has it: "I would take over". */
  standby: (cell: string) => `${root}.cell.${cell}.standby`,
  /** Gateways of the cell to each other: that they are alive. */
  gateways: (cell: string) => `${root}.cell.${cell}.gateways`,
  /** Vectorizer to engine: how long open tasks take. */
  predictions: (cell: string) => `${root}.cell.${cell}.predictions`,
  journal: (cell: string) => `${root}.journal.${cell}`,
  snapshot: (cell: string) => `${root}.snapshot.${cell}`,
  /** Of each stored change of keys and grants: only that there is one. */
  accessChanged: `${root}.access.stored.>`,
  /** What was changed and refused, as a chain of messages. */
  audit: `${root}.audit`,
  log: (task: string) => `${root}.logs.${task}`,
  /** Where a worker sends output of a task of its cell: into the log, or to the engine where that checks whose task it is. */
  output: (_cell: string, task: string) => `${root}.logs.${task}`,
  /** Matches the output that workers with a credential send to the engine of a cell. */
  outputs: (cell: string) => `${root}.cell.${cell}.output.*.*`,
  logs: `${root}.logs.>`,
});

export type Subjects = ReturnType<typeof subjectsOf>;

/** A name may not hold a dot. Two roots never share one: `a.b` becomes `a_b`, and `a_b` becomes `a-_b`. */
const MARKS: Readonly<Record<string, string>> = { '.': '_', _: '-_', '-': '--' };

/** Names of streams and buckets, derived from the root, so that two roots share a server in peace. */
export const streamsOf = (root: string = DEFAULT_ROOT) => {
  const suffix = root === DEFAULT_ROOT ? '' : `_${root.replaceAll(/[._-]/g, (mark) => MARKS[mark] ?? '_')}`;
  return {
    tasks: `PRECEDENT_TASKS${suffix}`,
    logs: `PRECEDENT_LOGS${suffix}`,
    leases: `LEASES${suffix}`,
    /** Object store: checkpoints too large for the journal. */
    blobs: `PRECEDENT_BLOBS${suffix}`,
    /** Object store: what tasks keep (`storage.*`, exports, reports). */
    objects: `PRECEDENT_OBJECTS${suffix}`,
    /** Object store: sets of tasks that are to be acted on. */
    sets: `PRECEDENT_SETS${suffix}`,
    memory: `PRECEDENT_MEMORY${suffix}`,
    /** Bucket: keys and grants. */
    access: `PRECEDENT_ACCESS${suffix}`,
    audit: `PRECEDENT_AUDIT${suffix}`,
    /** Bucket: webhooks, and how far each of them is. */
    webhooks: `PRECEDENT_WEBHOOKS${suffix}`,
    journal: (cell: string) => `JOURNAL_${cell}${suffix}`,
    snapshot: (cell: string) => `SNAPSHOT_${cell}${suffix}`,
    /** The consumer of the stream ingress of a band. Its name on the server is older. */
    ingressConsumer: (band: Band) => `door-${band}`,
  };
};

export type Streams = ReturnType<typeof streamsOf>;

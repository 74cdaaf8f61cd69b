import { randomBytes } from 'node:crypto';
import {
  ACCESS_OPERATIONS,
  DEFINITION_OPERATIONS,
  ENGINE_OPERATIONS,
  HISTORY_OPERATIONS,
  RUN_OPERATIONS,
  SEARCH_OPERATIONS,
  SUBMIT_OPERATIONS,
  WEBHOOK_OPERATIONS,
} from '@precedent/contracts';
import type {
  AccessVerb,
  ApiVerb,
  HistoryVerb,
  RunVerb,
  Operation,
  SearchVerb,
  WebhookVerb,
} from '@precedent/contracts';
import { DEFINITION_KINDS } from '@precedent/contract-types';
import type { DefinitionKind, Grant, Right, Role } from '@precedent/contract-types';

/** Written by hand, and not taken from the code: what docs/security.md says of each role. */
const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  viewer: ['read'],
  submitter: ['read', 'submit'],
  operator: ['read', 'submit', 'control'],
  approver: ['read', 'approve'],
  admin: ['read', 'submit', 'control', 'approve', 'administer'],
  worker: ['work'],
};

export const OPERATIONS: readonly Operation[] = [
  ...Object.values(SUBMIT_OPERATIONS),
  ...Object.values(ENGINE_OPERATIONS),
  ...Object.values(ACCESS_OPERATIONS),
  ...Object.values(WEBHOOK_OPERATIONS),
  ...Object.values(HISTORY_OPERATIONS),
  ...Object.values(SEARCH_OPERATIONS),
  ...Object.values(RUN_OPERATIONS),
  ...Object.values(DEFINITION_OPERATIONS).flatMap((operations) => Object.values(operations)),
];

export const nameOf = ({ group, verb }: Operation): string => `${group}.${verb}`;

type Name =
  | 'submit.submit'
  | `task.${ApiVerb}`
  | `access.${AccessVerb}`
  | `history.${HistoryVerb}`
  | `search.${SearchVerb}`
  | `webhooks.${WebhookVerb}`
  | `run.${RunVerb}`
  | `${DefinitionKind}.${'put' | 'get' | 'list' | 'delete'}`
  | 'limit.show'
  | `schedule.${'pause' | 'resume' | 'trigger' | 'preview'}`;

/** What a request is about: a namespace for which it is sent, and tasks that have their verdicts. */
export interface Target {
  /** Of the subject. */
  readonly namespace: string;
  /** Of the tasks; the namespace that they are in may be another one. */
  readonly project: string;
  readonly failed: string;
  readonly completed: string;
  /** One that waits. */
  readonly fresh: string;
  /** One that was cancelled. */
  readonly over: string;
}

type RequestOf = (target: Target) => object;

const ofTask: RequestOf = ({ failed: id }) => ({ id });
const inProject: RequestOf = ({ project }) => ({ project });
const nothing: RequestOf = () => ({});

/** A request of each operation that is answered where the caller may do it. */
export const REQUESTS: Readonly<Record<Name, RequestOf>> = {
  'submit.submit': ({ project }) => ({ type: 'work', project, pool: 'nowhere' }),
  'task.get': ofTask,
  'task.list': inProject,
  'task.counts': inProject,
  'task.wait': ofTask,
  'task.cancel': ({ fresh: id }) => ({ id }),
  'task.retry': ofTask,
  'task.reband': ({ over: id }) => ({ id, band: 'low' }),
  'task.delete': ({ over: id, namespace }) => ({ id, namespace }),
  'task.deleteForgotten': ({ over: id, namespace }) => ({ id, namespace }),
  'task.bulkPreview': ({ project }) => ({ action: 'cancel', filter: { project } }),
  'task.bulkStart': () => ({ token: 'none' }),
  'task.why': ofTask,
  'task.decisions': nothing,
  'task.dryRun': ({ project }) => ({ type: 'work', project }),
  'task.workers': nothing,
  'task.status': nothing,
  'access.keys': nothing,
  'access.createKey': ({ namespace, fresh }) => ({ principal: `${namespace}--${fresh}` }),
  'access.rotateKey': () => ({ id: 'none', overlapMs: 1_000 }),
  'access.revokeKey': () => ({ id: 'none' }),
  'access.grants': nothing,
  'access.addGrant': ({ namespace, project, fresh }) => ({
    grant: { principal: `${namespace}--${fresh}`, role: 'viewer', namespace, project },
  }),
  'access.removeGrant': () => ({ id: 'none' }),
  'access.signers': nothing,
  'access.addSigner': ({ namespace, fresh }) => ({
    principal: `${namespace}--${fresh}`,
    publicKey: randomBytes(32).toString('base64url'),
  }),
  'access.removeSigner': () => ({ id: 'none' }),
  'access.audit': nothing,
  'history.get': ofTask,
  'history.list': inProject,
  'history.stats': inProject,
  'history.events': ({ failed: task }) => ({ task }),
  'history.feed': inProject,
  'history.logs': ofTask,
  'history.decisions': nothing,
  'history.search': ({ project }) => ({ project, text: 'import' }),
  'history.status': nothing,
  'history.rebuild': nothing,
  'history.optimise': nothing,
  'history.copy': nothing,
  'search.find': ({ project }) => ({ query: 'import', filters: { project } }),
  'search.seen': ofTask,
  'search.diff': ofTask,
  'search.predict': ofTask,
  'search.recommend': ofTask,
  'search.failures': inProject,
  'search.resolve': ({ failed: id, completed: evidence }) => ({ id, text: 'run the migrations', evidence }),
  'search.remember': ({ project }) => ({ text: 'imported at night', project }),
  'search.recall': ({ project }) => ({ project, query: 'night' }),
  'search.documents': () => ({ collection: 'notes', query: 'night' }),
  'search.collections': nothing,
  'search.status': nothing,
  'run.show': ofTask,
  'run.signal': ({ failed: id }) => ({ id, name: 'go' }),
  'run.decide': ({ failed: id }) => ({ id, step: 'ask', approve: true }),
  'run.pause': ofTask,
  'run.resume': ofTask,
  'run.approvals': nothing,
  'project.put': ({ project: name }) => ({ name, spec: {} }),
  'project.get': () => ({ name: 'none' }),
  'project.list': nothing,
  'project.delete': () => ({ name: 'none' }),
  'limit.put': () => ({ name: 'one', spec: { concurrency: 1 } }),
  'limit.get': () => ({ name: 'none' }),
  'limit.list': nothing,
  'limit.delete': () => ({ name: 'none' }),
  'limit.show': () => ({ name: 'none' }),
  'workflow.put': ({ fresh: name }) => ({ name, spec: { steps: { one: { sleep: 1 } } } }),
  'workflow.get': () => ({ name: 'none' }),
  'workflow.list': nothing,
  'workflow.delete': () => ({ name: 'none' }),
  'schedule.put': ({ project }) => ({
    name: project,
    spec: { cron: '0 0 1 1 *', task: { type: 'echo', project, pool: 'none' } },
  }),
  'schedule.get': () => ({ name: 'none' }),
  'schedule.list': nothing,
  'schedule.delete': () => ({ name: 'none' }),
  'schedule.pause': () => ({ name: 'none' }),
  'schedule.resume': () => ({ name: 'none' }),
  'schedule.trigger': () => ({ name: 'none' }),
  'schedule.preview': () => ({ name: 'none' }),
  // Of tasks that there are none of: a delivery would be a change of its own.
  'webhooks.create': ({ project }) => ({ project, url: 'https://hook.invalid/', types: ['nothing'] }),
  'webhooks.list': inProject,
  'webhooks.get': () => ({ id: 'none' }),
  'webhooks.update': () => ({ id: 'none', enabled: false }),
  'webhooks.remove': () => ({ id: 'none' }),
  'webhooks.rotate': () => ({ id: 'none', overlapMs: 1_000 }),
  'webhooks.deliveries': () => ({ id: 'none' }),
  'webhooks.redeliver': () => ({ id: 'none' }),
  'webhooks.test': () => ({ id: 'none' }),
};

/** They conclude from all tasks of a namespace, or make keys and signers for it. */
const OF_ALL_PROJECTS: ReadonlySet<string> = new Set<Name>([
  'access.createKey',
  'access.addSigner',
  'workflow.put',
  'limit.put',
  'search.seen',
  'search.diff',
  'search.predict',
  'search.recommend',
  'search.resolve',
  'search.documents',
  'search.collections',
]);

/** They name a key, a grant or a signer that is not there. */
const OF_NOTHING: ReadonlySet<string> = new Set<Name>([
  'access.rotateKey',
  'access.revokeKey',
  'access.removeGrant',
  'access.removeSigner',
]);

/** They name a webhook that is not there. */
const OF_NO_WEBHOOK: ReadonlySet<string> = new Set<Name>([
  'webhooks.get',
  'webhooks.update',
  'webhooks.remove',
  'webhooks.rotate',
  'webhooks.deliveries',
  'webhooks.redeliver',
  'webhooks.test',
]);

/** They name a task that is no run. */
const OF_NO_RUN: ReadonlySet<string> = new Set<Name>([
  'run.show',
  'run.signal',
  'run.decide',
  'run.pause',
  'run.resume',
]);

/** They name a definition that is not there. */
const OF_NO_DEFINITION: ReadonlySet<string> = new Set([
  ...DEFINITION_KINDS.flatMap((kind) => [`${kind}.get`, `${kind}.delete`]),
  'limit.show',
  ...['pause', 'resume', 'trigger', 'preview'].map((verb) => `schedule.${verb}`),
]);

/** They list what the caller administers, whatever project that is of. */
const OF_NO_PROJECT: ReadonlySet<string> = new Set<Name>([
  'access.keys',
  'access.grants',
  'access.signers',
  ...DEFINITION_KINDS.map((kind): Name => `${kind}.list`),
  'run.approvals',
]);

/** They name one task, which is not found where the caller may not see it. */
const OF_A_TASK: ReadonlySet<string> = new Set<Name>([
  'task.get',
  'task.wait',
  'task.cancel',
  'task.retry',
  'task.reband',
  'task.delete',
  'task.deleteForgotten',
  'task.why',
  'history.get',
  'history.events',
  'history.logs',
  'search.seen',
  'search.diff',
  'search.predict',
  'search.recommend',
  'search.resolve',
]);

/** A submitter may do them to its own tasks. */
export const FOR_OWN_TASKS: ReadonlySet<string> = new Set<Name>([
  'task.cancel',
  'task.reband',
  'task.bulkPreview',
  'task.bulkStart',
  'run.signal',
  'run.pause',
  'run.resume',
]);

export type Place = Pick<Grant, 'role' | 'namespace' | 'project'>;

/** What has to come back, by the table above, of a caller with one grant, or with none. Tasks are in the namespace `acme`. */
export const expectedCode = (
  grant: Place | undefined,
  operation: Operation,
  { namespace, project }: Pick<Target, 'namespace' | 'project'>,
): string => {
  const name = nameOf(operation);
  // The caller has submitted none of the tasks: that it could cancel its own helps it no further than the task.
  const needed: readonly Right[] = FOR_OWN_TASKS.has(name) ? ['control', 'submit'] : [operation.right];
  if (!needed.some((right) => isHeld(grant, right, operation.reach === 'cell' ? '*' : namespace)))
    return 'FORBIDDEN';
  if (operation.reach === 'cell') return 'answered';
  if (OF_NOTHING.has(name)) return 'ACCESS_NOT_FOUND';
  if (OF_NO_WEBHOOK.has(name)) return 'WEBHOOK_NOT_FOUND';
  if (OF_NO_RUN.has(name)) return 'TASK_NOT_FOUND';
  if (OF_NO_DEFINITION.has(name)) return 'DEFINITION_NOT_FOUND';
  if (OF_NO_PROJECT.has(name)) return 'answered';
  // No preview has given the token.
  if (name === 'task.bulkStart') return 'INVALID_REQUEST';
  const isWhole = grant?.project === '*';
  if (OF_ALL_PROJECTS.has(name) && !isWhole) return 'FORBIDDEN';
  if (OF_A_TASK.has(name) && namespace !== 'acme') return 'TASK_NOT_FOUND';
  // No task has filled the collection.
  if (name === 'search.documents') return 'INVALID_REQUEST';
  if (isWhole || grant?.project === project)
    return name === 'task.bulkPreview' || isHeld(grant, operation.right, namespace)
      ? done(name)
      : 'FORBIDDEN';
  return OF_A_TASK.has(name) ? 'TASK_NOT_FOUND' : 'FORBIDDEN';
};

/** The task that is to be moved has its verdict. */
const done = (name: string): string => (name === 'task.reband' ? 'TASK_SETTLED' : 'answered');

const isHeld = (grant: Place | undefined, right: Right, namespace: string): boolean =>
  grant !== undefined &&
  RIGHTS[grant.role].includes(right) &&
  (grant.namespace === '*' || grant.namespace === namespace);

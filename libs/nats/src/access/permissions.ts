import { rightsOf } from '@precedent/access';
import { ANY } from '@precedent/contract-types';
import type { Grant, Principal, Right } from '@precedent/contract-types';
import { inboxPrefixOf } from '@precedent/contracts';
import type { ACCOUNTS } from '@precedent/contracts';
import type { EpochMs } from '@precedent/kernel';

/** An operation as a client calls it: `<root>.ns.<namespace>.<group>.<verb>.<credential>`. */
export interface CallableVerb {
  /** `task`, `submit`, `history` and so on. */
  readonly group: string;
  /** `*`: every one of the group, for a group whose verbs are bands. */
  readonly verb: string;
  readonly right: Right;
}

/** What the server lets a connection do. */
export interface ConnectionPermissions {
  readonly account: keyof Pick<typeof ACCOUNTS, 'clients' | 'workers'>;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export interface PermissionOptions {
  readonly root: string;
  readonly verbs: readonly CallableVerb[];
  readonly now: EpochMs;
}

/** Up to here each verb of each namespace has a subject of its own. */
const EXACT_NAMESPACES = 100;
/** Up to here each namespace has. With more the services alone keep namespaces apart: the server would read megabytes at each connect. */
const NAMED_NAMESPACES = 1_000;

/**
 * The permissions of a principal's connection, from its grants. The last token of a subject is the credential, so that the service knows
 * the caller; its own check of the grants is the one that counts. Bands are not distinguished: a band that is too high is refused with a
 * reason by the service.
 */
export const permissionsOf = (principal: Principal, options: PermissionOptions): ConnectionPermissions => {
  const { root } = options;
  const { credential } = principal;
  const grants = principal.grants.filter(
    ({ expiresAt }) => expiresAt === undefined || options.now < expiresAt,
  );
  const inbox = `${inboxPrefixOf(credential)}.>`;
  const holds = (right: Right): boolean =>
    grants.some(({ namespace, role }) => namespace === ANY && rightsOf(role).includes(right));
  const calls = callSubjects({ ...options, credential, grants });
  const events = [...eventSubjects(root, grants), ...labelledSubjects(root, grants)];
  const isWorker = holds('work');
  const publish = [...calls, ...(isWorker ? workerPublishes(root, credential) : [])];
  const subscribe = [inbox, ...events, ...(isWorker ? workerSubscriptions(root, credential) : [])];
  return { account: isWorker ? 'workers' : 'clients', publish, subscribe };
};

interface Calls extends PermissionOptions {
  readonly credential: string;
  readonly grants: readonly Grant[];
}

const callSubjects = ({ root, verbs, credential, grants }: Calls): string[] => {
  const rights = rightsByNamespace(grants);
  const callable = [...rights].filter(([, held]) => verbs.some(({ right }) => held.has(right)));
  const subject = (namespace: string, rest: string): string =>
    `${root}.ns.${namespace}.${rest}.${credential}`;
  if (callable.length > NAMED_NAMESPACES) return [subject(ANY, '*.*')];
  if (callable.length > EXACT_NAMESPACES) return callable.map(([namespace]) => subject(namespace, '*.*'));
  return callable.flatMap(([namespace, held]) =>
    verbs
      .filter(({ right }) => held.has(right))
      .map(({ group, verb }) => subject(namespace, `${group}.${verb}`)),
  );
};

/** A grant in every namespace counts there only: its subject has a wildcard. */
const rightsByNamespace = (grants: readonly Grant[]): Map<string, Set<Right>> => {
  const found = new Map<string, Set<Right>>();
  for (const { namespace, role } of grants) {
    const held = found.get(namespace) ?? new Set<Right>();
    for (const right of rightsOf(role)) held.add(right);
    found.set(namespace, held);
  }
  return found;
};

/** Events of tasks of the namespaces and projects that it may read. Those of workers have one token more, and begin with the name of the cell. */
const eventSubjects = (root: string, grants: readonly Grant[]): string[] => {
  const reading = grants.filter(({ role }) => rightsOf(role).includes('read'));
  if (reading.some(({ namespace }) => namespace === ANY)) return [`${root}.events.>`];
  const all = new Set(reading.filter(({ project }) => project === ANY).map(({ namespace }) => namespace));
  const projects = reading.filter(({ namespace }) => !all.has(namespace));
  return [
    ...[...all].map((namespace) => `${root}.events.${namespace}.*.*.*`),
    ...new Set(projects.map(({ namespace, project }) => `${root}.events.${namespace}.${project}.*.*`)),
  ];
};

/** Events of labelled tasks: by the grants that are cleared for the label. */
const labelledSubjects = (root: string, grants: readonly Grant[]): string[] => {
  const cleared = grants.flatMap(({ role, clearances = [], namespace, project }) =>
    rightsOf(role).includes('read')
      ? clearances.map((label) => `${root}.labelled.${label}.${namespace}.${project}.*.*`)
      : [],
  );
  return [...new Set(cleared)];
};

const workerPublishes = (root: string, credential: string): string[] => [
  `${root}.cell.*.report.${credential}`,
  `${root}.cell.*.output.${credential}.*`,
];

/** The sessions of its own credential only. */
const workerSubscriptions = (root: string, credential: string): string[] => [
  `${root}.cell.*.roll-call`,
  ...['assign', 'signal'].map((kind) => `${root}.worker.${credential}.*.${kind}`),
];

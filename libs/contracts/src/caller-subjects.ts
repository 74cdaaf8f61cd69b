import { LIMITS } from './limits.ts';
import { DEFAULT_ROOT, subjectsOf } from './subjects.ts';
import type { Subjects } from './subjects.ts';

/** On whose behalf, and in which namespace, a message is sent. */
export interface SubjectCaller {
  readonly namespace: string;
  /** The id of a credential. */
  readonly credential: string;
}

/**
 * The subjects of a caller with a credential: `<root>.ns.<namespace>.<rest>.<credential>`. The NATS server lets each connection publish
 * only to subjects that end with its own credential, so a service knows the sender of a message by its subject.
 */
export const callerSubjectsOf = (root: string, { namespace, credential }: SubjectCaller): Subjects => {
  const own = (rest: string): string => `${root}.ns.${namespace}.${rest}.${credential}`;
  return {
    ...subjectsOf(root),
    drop: (band) => own(`tasks.${band}`),
    submit: (band) => own(`submit.${band}`),
    api: (verb) => own(`task.${verb}`),
    access: (verb) => own(`access.${verb}`),
    history: (verb) => own(`history.${verb}`),
    search: (verb) => own(`search.${verb}`),
    webhooks: (verb) => own(`webhooks.${verb}`),
    runs: (verb) => own(`run.${verb}`),
    definitions: (of, verb) => own(`${of}.${verb}`),
    report: (cell) => `${root}.cell.${cell}.report.${credential}`,
    output: (cell, task) => `${root}.cell.${cell}.output.${credential}.${task}`,
    assign: (session) => `${root}.worker.${credential}.${session}.assign`,
    signal: (session) => `${root}.worker.${credential}.${session}.signal`,
  };
};

/** The subject of any operation, by its place in the catalogue. */
export const operationSubject = (root: string, group: string, verb: string, caller?: SubjectCaller): string =>
  caller === undefined
    ? `${root}.${group}.${verb}`
    : `${root}.ns.${caller.namespace}.${group}.${verb}.${caller.credential}`;

/**
 * The session of a worker as the engine knows it: those of different credentials never meet. The subjects of such a session are those of
 * `callerSubjectsOf`.
 */
export const sessionOf = (credential: string, session: string): string => `${credential}.${session}`;

/** Matches what every caller sends of one kind, such as `task.get`: for the service that answers it. */
export const callerPattern = (rest: string, root: string = DEFAULT_ROOT): string => `${root}.ns.*.${rest}.*`;

/** The caller in a subject that `callerPattern` matches; `undefined` for any other subject. */
export const callerIn = (subject: string, root: string = DEFAULT_ROOT): SubjectCaller | undefined => {
  const prefix = `${root}.ns.`;
  if (!subject.startsWith(prefix)) return undefined;
  const end = subject.indexOf('.', prefix.length);
  const last = subject.lastIndexOf('.');
  if (end === -1 || last <= end) return undefined;
  return { namespace: subject.slice(prefix.length, end), credential: subject.slice(last + 1) };
};

const NAMESPACE = new RegExp(`^[A-Za-z0-9_-]{1,${LIMITS.tokenChars}}$`);

/** Whether a token of a subject names one namespace. The server lets clients publish to subjects with a literal `*`, which names none. */
export const isNamespace = (token: string): boolean => NAMESPACE.test(token);

/** The token of a submission's subject that should be a band, with or without a caller in it. */
export const bandTokenIn = (subject: string, root: string = DEFAULT_ROOT): string =>
  subject.split('.').at(callerIn(subject, root) === undefined ? -1 : -2) ?? '';

/** The prefix of the inboxes of a connection with a credential. */
export const inboxPrefixOf = (credential: string): string => `_INBOX_${credential}`;

import { auditedName, may } from '@precedent/access';
import type { CompiledPrincipal, Requirement } from '@precedent/access';
import { callerIn, isNamespace } from '@precedent/contracts';
import { AppError, errorOf, isAppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { OPEN_CALLER, callerAs } from '@precedent/ports';
import type { Caller, Callers } from '@precedent/ports';
import type { LastHosts } from '../access/last-hosts.ts';
import type { AuditRecorder } from '../audit/audit-recorder.ts';

/** Whose messages a service takes, in addition to those of an open server. */
export interface Gate {
  readonly root: string;
  readonly callers: Callers;
  readonly now: () => EpochMs;
  readonly audit: AuditRecorder;
  /** Reads what was stored of keys and grants until now. */
  readonly refresh: () => Promise<void>;
  /** Known to a program that checks connections. */
  readonly hosts?: LastHosts;
}

/** The sender of a message, by its subject. */
export interface Sender {
  readonly principal: CompiledPrincipal;
  readonly namespace: string;
}

/**
 * The sender of a message; `undefined` on a subject without a caller, which only clients of an open server and our own programs may use.
 * Throws UNAUTHENTICATED for a credential that is not valid, and INVALID_REQUEST for a namespace that is no name.
 */
export const senderOf = (gate: Gate | undefined, subject: string): Sender | undefined => {
  const named = gate && callerIn(subject, gate.root);
  if (gate === undefined || named === undefined) return undefined;
  const { namespace, credential } = named;
  if (!isNamespace(namespace)) throw noNamespace(namespace);
  const principal = gate.callers.principalOf(credential);
  if (principal !== undefined) return { principal, namespace };
  throw new AppError('UNAUTHENTICATED', `the credential ${credential} is not valid, or not any more`);
};

const noNamespace = (namespace: string): AppError =>
  new AppError('INVALID_REQUEST', 'the namespace of the subject is no name', {
    issues: [
      {
        field: 'namespace',
        message: `expected letters, digits, "_" and "-", got ${JSON.stringify(auditedName(namespace))}`,
      },
    ],
  });

/** The body with the namespace of its sender, where the request has such a field. Throws INVALID_REQUEST when it names another one. */
export const withNamespace = (body: unknown, { namespace }: Sender, takesNamespace: boolean): unknown => {
  if (!isRecord(body)) return body;
  const given = body['namespace'];
  if (given === undefined) return takesNamespace ? { ...body, namespace } : body;
  if (given === namespace) return body;
  throw new AppError('INVALID_REQUEST', 'the namespace of the request is not that of its subject', {
    issues: [
      { field: 'namespace', message: `expected "${namespace}" or none, got ${JSON.stringify(given)}` },
    ],
  });
};

/**
 * What the sender may do with a checked request. Throws FORBIDDEN. Where the right depends on the task, such as to cancel one of its own,
 * this decides whether there can be such a task, and the service decides about the task itself.
 */
export const callerOf = (
  { principal, namespace }: Sender,
  requirement: Requirement,
  request: unknown,
  now: EpochMs,
): Caller => {
  const project = isRecord(request) ? request['project'] : undefined;
  const submittedBy = principal.principal.name;
  const resource = { namespace, submittedBy, ...(typeof project === 'string' && { project }) };
  const verdict = may(principal, requirement, resource, now);
  if (!verdict.allowed) throw errorOf(verdict.problem);
  if (requirement.reach === 'cell') return { ...OPEN_CALLER, principal };
  return callerAs(principal, namespace, now);
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const REFUSALS: ReadonlySet<unknown> = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

/**
 * Decides about a caller, and once more on what is stored when it would be refused: a key or a grant counts from the moment at which it was
 * given, also where the notice of it is still on its way.
 */
export const decidedNow = async <T>(gate: Pick<Gate, 'refresh'> | undefined, decide: () => T): Promise<T> => {
  try {
    return decide();
  } catch (error) {
    if (gate === undefined || !isAppError(error) || !REFUSALS.has(error.code)) throw error;
    // What cannot be read decides nothing.
    await gate.refresh().catch(() => undefined);
    return decide();
  }
};

import { auditedName, isAudited, requestFacts } from '@precedent/access';
import type { RequestFacts } from '@precedent/access';
import { ANY } from '@precedent/contract-types';
import type { SubmitReply } from '@precedent/contract-types';
import { INTERNAL_USERS, callerIn, isTraceparent } from '@precedent/contracts';
import type { Operation, SubjectCaller } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import { headerOf } from '../connection/listen.ts';
import type { WithHeaders } from '../connection/listen.ts';
import type { Gate } from '../services/caller-gate.ts';
import type { AuditFacts } from './audit-recorder.ts';

interface AuditedMessage extends WithHeaders {
  readonly subject: string;
}

interface AuditParts {
  readonly gate: Gate;
  readonly msg: AuditedMessage;
  /** `<group>.<verb>`. */
  readonly operation: string;
  readonly caller: SubjectCaller;
}

type NamedOperation = Pick<Operation, 'group' | 'verb'>;

const nameOf = ({ group, verb }: NamedOperation): string => `${group}.${verb}`;

/** What the trail is to say about one request. Costs nothing while nothing is recorded. */
export class RequestAudit {
  readonly #parts: AuditParts;
  #request: unknown;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** `undefined`: the subject names no caller, so that nothing is recorded. */
  static of(
    gate: Gate | undefined,
    msg: AuditedMessage,
    operation: NamedOperation,
  ): RequestAudit | undefined {
    const caller = gate && callerIn(msg.subject, gate.root);
    if (gate === undefined || caller === undefined) return undefined;
    return new RequestAudit({ gate, msg, operation: nameOf(operation), caller });
  }

  /** Of a message on a subject without a caller: only with the password of our own programs can it be sent. */
  static ofProgram(gate: Gate, msg: AuditedMessage, operation: NamedOperation): RequestAudit {
    const caller = { namespace: ANY, credential: INTERNAL_USERS.cell };
    return new RequestAudit({ gate, msg, operation: nameOf(operation), caller });
  }

  /** Of a message of a worker, whose subject ends with its credential. */
  static ofWorker(gate: Gate, msg: AuditedMessage, credential: string): RequestAudit {
    return new RequestAudit({
      gate,
      msg,
      operation: 'worker.report',
      caller: { namespace: ANY, credential },
    });
  }

  /** What was requested, once it is known. */
  concerns(request: unknown): void {
    this.#request = request;
  }

  /** Resolves when it is durable that it is going to be done. Rejects AUDIT_UNAVAILABLE: then it must not be done. */
  allowed(more: RequestFacts = {}): Promise<void> {
    return this.#parts.gate.audit.allowed({ ...this.#facts(), ...more });
  }

  /** Records what is to be recorded of these problems. Never rejects. */
  async refused(problems: readonly Problem[]): Promise<void> {
    const audited = problems.filter(isAudited);
    if (audited.length === 0) return;
    const facts = this.#facts();
    await Promise.all(audited.map(({ code }) => this.#parts.gate.audit.refused(facts, code)));
  }

  #facts(): AuditFacts {
    const { gate, msg, operation, caller } = this.#parts;
    const found = gate.callers.principalOf(caller.credential)?.principal;
    const traceId = traceIdOf(msg);
    const from = gate.hosts?.get(caller.credential);
    return {
      operation,
      credential: auditedName(caller.credential),
      ...(found && { principal: found.name, kind: found.kind }),
      namespace: auditedName(caller.namespace),
      ...requestFacts(this.#request),
      ...(traceId !== undefined && { traceId }),
      ...(from !== undefined && { from }),
    };
  }
}

/** Calls `then` when the refusals among the answers are recorded; at once when there are none. */
export const afterAudit = (
  audit: RequestAudit | undefined,
  answers: readonly (SubmitReply | undefined)[],
  then: () => void,
): void => {
  const problems = audit === undefined ? [] : problemsIn(answers);
  if (audit === undefined || !problems.some(isAudited)) then();
  else void audit.refused(problems).then(then);
};

const problemsIn = (answers: readonly (SubmitReply | undefined)[]): Problem[] =>
  answers.flatMap((answer) => (answer !== undefined && 'error' in answer ? [answer.error] : []));

const traceIdOf = (msg: AuditedMessage): string | undefined => {
  const traceparent = headerOf(msg, 'traceparent');
  return traceparent !== undefined && isTraceparent(traceparent) ? traceparent.split('-')[1] : undefined;
};

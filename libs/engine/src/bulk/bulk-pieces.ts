import { BULK_TYPE, bulkPieceText } from '@precedent/contract-types';
import type {
  BulkPayload,
  BulkPiece,
  BulkPieceReply,
  BulkRefusal,
  LeaseRef,
  TaskView,
} from '@precedent/contract-types';
import { errorOf, mayRetry, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { OPEN_CALLER, callerAs, sha256 } from '@precedent/ports';
import type { Caller, LeasedTask, OrProblem } from '@precedent/ports';
import { answered, isProblem } from './answered.ts';
import { ACTS } from './bulk-actions.ts';
import type { BulkOutcome } from './bulk-actions.ts';
import type { BulkParts } from './bulk-parts.ts';
import { verdictsOf } from './bulk-verdicts.ts';

/**
 * Acts on pieces of sets. The lease of a bulk task lets its worker request that, and no more: the pieces are those of the task, and the
 * rights those that its principal has now.
 */
export class BulkPieces {
  readonly #parts: BulkParts;
  /** A worker sends a piece again that takes long. */
  readonly #underWay = new Map<string, Promise<OrProblem<BulkPieceReply>>>();

  constructor(parts: BulkParts) {
    this.#parts = parts;
  }

  act(session: string, lease: LeaseRef, piece: BulkPiece): Promise<OrProblem<BulkPieceReply>> {
    const about = [piece.index, ...(piece.part ?? []), piece.verdicts ?? ''];
    const key = [session, ...lease, ...about, sha256(bulkPieceText(piece.ids))].join(' ');
    const acting =
      this.#underWay.get(key) ??
      this.#act(session, lease, piece)
        .catch((error: unknown) => ({ error: problemOf(error) }))
        .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, acting);
    return acting;
  }

  async #act(session: string, lease: LeaseRef, piece: BulkPiece): Promise<BulkPieceReply> {
    const task = this.#parts.engine.workers.leased(session, lease);
    if (task === undefined) throw errorOf(stale(lease));
    const { action, pieces } = payloadOf(task, piece);
    const ids = piece.ids.slice(...(piece.part ?? []));
    if (piece.verdicts !== undefined) return this.#verdicts(task, ids, piece.verdicts === 'wait');
    const caller = this.#callerOf(task);
    const targets = [task.id, `piece ${piece.index + 1} of ${pieces.length}`, ...ids];
    await this.#parts.record?.({ operation: `task.${action}`, ...actorOf(task, caller), targets });
    const outcomes = await Promise.all(ids.map((id) => this.#one(id, task, caller)));
    return this.#replyOf(ids, outcomes);
  }

  async #verdicts(task: LeasedTask, ids: readonly string[], waits: boolean): Promise<BulkPieceReply> {
    const verdicts = await verdictsOf(this.#parts.engine.tasks, { ids, bulk: task.id }, waits);
    return { done: 0, already: 0, refused: [], verdicts };
  }

  #callerOf({ by, namespace }: LeasedTask): Caller {
    const { callers, now } = this.#parts;
    if (by === undefined || callers === undefined) return OPEN_CALLER;
    const principal = callers.principalOf(by.credential);
    if (principal === undefined) throw errorOf(ended(by.name));
    return callerAs(principal, namespace, now());
  }

  #one(id: string, { id: bulk, namespace, payload }: LeasedTask, caller: Caller): Promise<BulkOutcome> {
    const { engine, settled } = this.#parts;
    const { tasks } = engine.forCaller(caller);
    const { action, run } = payload as BulkPayload;
    return ACTS[action]({ id, namespace, bulk, caller, tasks, all: engine.tasks, settled, run });
  }

  /** Throws a problem that is over soon: then the piece is to be sent again. */
  async #replyOf(ids: readonly string[], outcomes: readonly BulkOutcome[]): Promise<BulkPieceReply> {
    const refused: BulkRefusal[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (typeof outcome === 'string') continue;
      if (mayRetry(outcome.code)) throw errorOf(outcome);
      refused.push(await this.#refusalOf(ids[index] ?? '', outcome));
    }
    const count = (wanted: BulkOutcome): number => outcomes.filter((one) => one === wanted).length;
    return { done: count('done'), already: count('already'), refused };
  }

  /** The id of a task with a security label, or of one that is not there for the caller, is not for every reader of the result. */
  async #refusalOf(id: string, { code }: Problem): Promise<BulkRefusal> {
    const task = await answered<OrProblem<TaskView>>((reply) => this.#parts.engine.tasks.get(id, reply));
    const isShown = code !== 'TASK_NOT_FOUND' && !isProblem(task) && task.security === undefined;
    return isShown ? { code, id } : { code };
  }
}

/** The payload of a bulk task of which this is a piece: only the engine submits such tasks. */
const payloadOf = (task: LeasedTask, { index, ids }: BulkPiece): BulkPayload => {
  if (task.type !== BULK_TYPE) throw errorOf(otherType(task));
  const payload = task.payload as BulkPayload;
  if (payload.pieces[index] !== sha256(bulkPieceText(ids))) throw errorOf(otherPiece(task, index));
  return payload;
};

const actorOf = ({ by, namespace }: LeasedTask, { principal }: Caller) => ({
  namespace,
  credential: by?.credential ?? '',
  ...(principal && { principal: principal.principal.name, kind: principal.principal.kind }),
});

const stale = ([id, epoch]: LeaseRef): Problem => ({
  code: 'STALE_EPOCH',
  message: `lease ${epoch} of task ${id} has ended, or was never made`,
});

const otherType = ({ id, type }: LeasedTask): Problem => ({
  code: 'FORBIDDEN',
  message: `task ${id} is of the type ${type}: only one of the type ${BULK_TYPE} acts on other tasks`,
});

const otherPiece = ({ id }: LeasedTask, index: number): Problem => ({
  code: 'INTEGRITY_FAILED',
  message: `what was sent is not piece ${index} of the set of task ${id}`,
});

const ended = (principal: string): Problem => ({
  code: 'UNAUTHENTICATED',
  message: `the credential with which ${principal} started this is not valid any more`,
});

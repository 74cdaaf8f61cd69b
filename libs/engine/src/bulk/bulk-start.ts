import { BULK_TYPE, bulkPieceText, bulkPiecesOf } from '@precedent/contract-types';
import type { BulkPayload, SubmitReply, TaskView } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import type { Caller, OrProblem } from '@precedent/ports';
import type { Submission } from '@precedent/tasks';
import { answered, isProblem, unlessRefused } from './answered.ts';
import type { BulkParts } from './bulk-parts.ts';
import { actingNamespace, refuseUnlessSome } from './bulk-rights.ts';
import { idInToken, invalidToken, setOf } from './stored-set.ts';
import type { StoredSet } from './stored-set.ts';

/** Submits the task of a preview. Its id is that of the set, so that the same token names the same task. */
export const startBulk = async (parts: BulkParts, token: string, caller: Caller): Promise<TaskView> => {
  const { engine } = parts;
  const id = idInToken(token);
  if (!(await isStarted(parts, id, caller))) {
    const set = await usableSet(parts, token, caller);
    const [reply] = await answered<readonly SubmitReply[]>((done) =>
      engine.tasks.submit([{ task: taskOf(id, set, caller), band: 'low' }], done),
    );
    if (reply !== undefined) unlessRefused(reply);
  }
  const { tasks } = engine.forCaller(caller);
  return unlessRefused(await answered<OrProblem<TaskView>>((done) => tasks.get(id, done)));
};

/** Whether its task is there already. That of another principal is as unknown as its token. */
const isStarted = async ({ engine }: BulkParts, id: string, { principal }: Caller): Promise<boolean> => {
  const task = await answered<OrProblem<TaskView>>((reply) => engine.tasks.get(id, reply));
  if (isProblem(task)) return false;
  if (task.type !== BULK_TYPE || task.submittedBy !== principal?.principal.name) throw invalidToken();
  return true;
};

const usableSet = async (
  { sets, defaults, now }: BulkParts,
  token: string,
  caller: Caller,
): Promise<StoredSet> => {
  const set = setOf(token, await sets.get(idInToken(token)));
  const { action, namespace, principal, expiresAt } = set;
  const isOwn = principal === caller.principal?.principal.name;
  if (!isOwn || actingNamespace(caller, namespace, defaults.namespace) !== namespace) throw invalidToken();
  if (expiresAt <= now()) throw expired(expiresAt);
  refuseUnlessSome(action, caller, { namespace }, now());
  return set;
};

const taskOf = (id: string, set: StoredSet, { principal }: Caller): Submission => {
  const { action, namespace, project, ids, run } = set;
  const payload: BulkPayload = {
    action,
    ...(run && { run }),
    set: id,
    total: ids.length,
    pieces: bulkPiecesOf(ids).map((piece) => sha256(bulkPieceText(piece))),
  };
  const name = `${action} ${ids.length} ${ids.length === 1 ? 'task' : 'tasks'}`;
  const by = principal && { name: principal.principal.name, credential: principal.principal.credential };
  const about = { id, namespace, project, type: BULK_TYPE, name, by };
  return { ...about, band: 'low', timeouts: UNLIMITED, payload };
};

/** It is of the lowest band, and may have to wait for very long. */
const UNLIMITED = { queue: 0, attempt: 0, total: 0 };

const expired = (at: number): AppError =>
  new AppError('EXPIRED', `the token was valid until ${new Date(at).toISOString()}: preview it again`);

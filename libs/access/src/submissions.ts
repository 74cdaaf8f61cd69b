import { ANY } from '@precedent/contract-types';
import type { Grant, PrincipalKind } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import type { Band, EpochMs, Origin, Problem } from '@precedent/kernel';
import { ALLOWED, hasRight, may } from './may.ts';
import type { AccessVerdict } from './may.ts';
import { holdingsFor } from './principals.ts';
import type { CompiledPrincipal } from './principals.ts';
import { placeText } from './refusals.ts';

/** A task that a caller wants to submit. */
export interface OfferedTask {
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  /** The band that it would have. */
  readonly band: Band;
  /** The task names no band: this origin gives it. */
  readonly origin?: Origin | undefined;
  readonly security?: string | undefined;
}

/** A budget of critical tasks is for any time of this length. */
export const BUDGET_WINDOW_MS = 3_600_000;

/** They run programs, or call hosts: an agent needs a grant that names them. */
const NAMED_FOR_AGENTS: readonly string[] = ['command', 'http'];

/** They work on all of the cell, whatever namespace the task has. */
const CELL_TYPES: readonly string[] = ['system.maintenance', 'vectors.reembed'];

/**
 * Whether a caller may submit a task: one of its grants has to allow type, band and budget together. What is refused is refused; it is
 * never given a lower band. `spent`: when the caller submitted its critical tasks, in any order; older than the window is without effect.
 */
export const maySubmit = (
  caller: CompiledPrincipal,
  task: OfferedTask,
  spent: readonly EpochMs[],
  now: EpochMs,
): AccessVerdict => {
  const verdict = may(caller, { right: 'submit', reach: 'namespace' }, task, now);
  if (!verdict.allowed) return verdict;
  if (isOfCell(task) && !hasRight(caller, 'administer', WHOLE_CELL, now)) return refuse(cellType(task));
  const grants = submittingGrants(caller, task, now);
  const ofType = grants.filter((grant) => allowsType(grant, task.type, caller.principal.kind));
  if (ofType.length === 0) return refuse(wrongType(task, caller.principal.kind));
  const ofBand = ofType.filter((grant) => rankOf(task.band) <= rankOf(highestBandOf(grant)));
  if (ofBand.length === 0) return refuse(bandTooHigh(task, ofType));
  return task.band === 'critical' ? withinBudget(ofBand, spent, now) : ALLOWED;
};

const WHOLE_CELL = { namespace: ANY, project: ANY };

const refuse = (problem: Problem): AccessVerdict => ({ allowed: false, problem, hidden: false });

const isOfCell = ({ type }: OfferedTask): boolean => CELL_TYPES.includes(type);

const submittingGrants = (caller: CompiledPrincipal, task: OfferedTask, now: EpochMs): readonly Grant[] =>
  holdingsFor(caller, task).flatMap(({ submitting }) =>
    submitting.filter(({ expiresAt }) => expiresAt === undefined || now < expiresAt),
  );

const allowsType = ({ types }: Grant, type: string, kind: PrincipalKind): boolean =>
  types === undefined ? kind !== 'agent' || !NAMED_FOR_AGENTS.includes(type) : types.includes(type);

const highestBandOf = ({ highestBand = 'critical' }: Grant): Band => highestBand;

const withinBudget = (grants: readonly Grant[], spent: readonly EpochMs[], now: EpochMs): AccessVerdict => {
  const limit = Math.max(...grants.map(({ criticalPerHour = Number.POSITIVE_INFINITY }) => criticalPerHour));
  if (spent.length < limit) return ALLOWED;
  const recent = spent.filter((at) => at > now - BUDGET_WINDOW_MS).sort((a, b) => b - a);
  return recent.length < limit ? ALLOWED : refuse(budgetSpent(limit, recent, now));
};

/** One more is allowed as soon as the last of the `limit` most recent ones leaves the window. `recent`: the latest first. */
const budgetSpent = (limit: number, recent: readonly EpochMs[], now: EpochMs): Problem => {
  const oldest = recent[limit - 1] ?? now;
  return {
    code: 'BUDGET_SPENT',
    message: `the grant allows ${limit} critical tasks in any hour, and they are spent; submit it later, or in a lower band`,
    retryAfterMs: oldest + BUDGET_WINDOW_MS - now,
    details: { criticalPerHour: limit },
  };
};

const wrongType = ({ type, namespace, project }: OfferedTask, kind: PrincipalKind): Problem => {
  const isUnnamed = kind === 'agent' && NAMED_FOR_AGENTS.includes(type);
  const rule = isUnnamed ? `an agent submits "${type}" only by a grant that names this type` : undefined;
  return {
    code: 'FORBIDDEN',
    message: rule ?? `no grant allows tasks of type "${type}" ${placeText(namespace, project)}`,
    details: { type, namespace, project },
  };
};

const cellType = ({ type }: OfferedTask): Problem => ({
  code: 'FORBIDDEN',
  message: `tasks of type "${type}" work on the cell as a whole: they need the right "administer" by a grant of namespace "*"`,
  details: { type, right: 'administer', namespace: ANY },
});

const bandTooHigh = (
  { band, origin, namespace, project }: OfferedTask,
  grants: readonly Grant[],
): Problem => {
  const highest = grants.map(highestBandOf).reduce((a, b) => (rankOf(a) < rankOf(b) ? b : a));
  const from = origin === undefined ? '' : `, which the origin "${origin}" gives,`;
  return {
    code: 'FORBIDDEN',
    message: `the band "${band}"${from} is above "${highest}", the highest that is granted ${placeText(namespace, project)}`,
    details: { band, highestBand: highest, namespace, project },
  };
};

import { ANY, DELIVERY_TYPE } from '@precedent/contract-types';
import type { Grant, PrincipalKind } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import type { Band, EpochMs, Origin, Problem } from '@precedent/kernel';
import { ALLOWED, hasRight, may } from './may.ts';
import type { AccessVerdict, Requirement } from './may.ts';
import { isExpired, someHolding } from './principals.ts';
import type { CompiledPrincipal } from './principals.ts';
import { notCleared, placeText } from './refusals.ts';

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
export const NAMED_FOR_AGENTS: readonly string[] = ['command', 'http'];

/** Our own programs submit them, and no other client: they act for a principal that is not the submitter. */
const OWN_TYPES: readonly string[] = [DELIVERY_TYPE];

/** They work on all of the cell, whatever namespace the task has. */
const CELL_TYPES: readonly string[] = ['system.maintenance', 'vectors.reembed'];

/** They read or write what belongs to all of a namespace: its history, its objects, its collections. */
const NAMESPACE_TYPES: readonly string[] = [
  'data.export',
  'report.generate',
  'storage.put',
  'storage.get',
  'storage.copy',
  'storage.delete',
  'storage.list',
  'document.process',
  'vectors.update',
];

/** A task, and what grants are compared with. */
interface Offer {
  readonly task: OfferedTask;
  readonly kind: PrincipalKind;
  /** Critical tasks that the caller submitted within the window, when this one is critical. */
  readonly spent: number;
  readonly now: EpochMs;
}

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
  const recent = task.band === 'critical' ? recentOf(spent, now) : NONE;
  const offer: Offer = { task, kind: caller.principal.kind, spent: recent.length, now };
  if (!isExpired(caller, now) && someGrant(caller, offer) && mayReach(caller, offer)) return ALLOWED;
  return refusal(caller, offer, recent);
};

const NONE: readonly EpochMs[] = [];
const WHOLE_CELL = { namespace: ANY, project: ANY };

/** The latest first. */
const recentOf = (spent: readonly EpochMs[], now: EpochMs): readonly EpochMs[] =>
  spent.filter((at) => at > now - BUDGET_WINDOW_MS).sort((a, b) => b - a);

const someGrant = (caller: CompiledPrincipal, offer: Offer): boolean =>
  someHolding(caller, offer.task, ({ submitting }) =>
    submitting.some(
      (grant) =>
        applies(grant, offer) &&
        allowsType(grant, offer) &&
        allowsBand(grant, offer) &&
        allowsOneMore(grant, offer),
    ),
  );

const applies = ({ expiresAt, clearances }: Grant, { task: { security }, now }: Offer): boolean => {
  if (expiresAt !== undefined && now >= expiresAt) return false;
  return security === undefined || clearances?.some((label) => label === security || label === ANY) === true;
};

const allowsType = ({ types }: Grant, { task: { type }, kind }: Offer): boolean =>
  types === undefined ? kind !== 'agent' || !NAMED_FOR_AGENTS.includes(type) : types.includes(type);

const allowsBand = (grant: Grant, { task: { band } }: Offer): boolean =>
  rankOf(band) <= rankOf(highestBandOf(grant));

/** The highest band of any of these grants; of none, the lowest. */
export const highestBandAmong = (grants: readonly Grant[]): Band =>
  grants.map(highestBandOf).reduce((a, b) => (rankOf(a) < rankOf(b) ? b : a), LOWEST);

const LOWEST: Band = 'low';

const highestBandOf = ({ highestBand = 'critical' }: Grant): Band => highestBand;

const allowsOneMore = (grant: Grant, { task: { band }, spent }: Offer): boolean =>
  band !== 'critical' || spent < budgetOf(grant);

const budgetOf = ({ criticalPerHour = Number.POSITIVE_INFINITY }: Grant): number => criticalPerHour;

/** Whether the caller may reach all that a task of this type works on. */
const mayReach = (caller: CompiledPrincipal, offer: Offer): boolean =>
  !OWN_TYPES.includes(offer.task.type) && mayWorkOnCell(caller, offer) && mayWorkOnNamespace(caller, offer);

const mayWorkOnCell = (caller: CompiledPrincipal, { task, now }: Offer): boolean =>
  !CELL_TYPES.includes(task.type) || hasRight(caller, 'administer', WHOLE_CELL, now);

const mayWorkOnNamespace = (caller: CompiledPrincipal, { task, now }: Offer): boolean =>
  !NAMESPACE_TYPES.includes(task.type) || hasRight(caller, 'submit', { ...task, project: ANY }, now);

/** The first reason, of grants that get fewer with each condition. */
const refusal = (caller: CompiledPrincipal, offer: Offer, recent: readonly EpochMs[]): AccessVerdict => {
  const { task, kind, now } = offer;
  const verdict = may(caller, SUBMIT, task, now);
  if (!verdict.allowed) return isUncleared(caller, offer) ? refuse(notCleared(task)) : verdict;
  if (OWN_TYPES.includes(task.type)) return refuse(ownType(task));
  if (!mayWorkOnCell(caller, offer)) return refuse(cellType(task));
  if (!mayWorkOnNamespace(caller, offer)) return refuse(namespaceType(task));
  const ofType = submittingGrants(caller, offer).filter((grant) => allowsType(grant, offer));
  if (ofType.length === 0) return refuse(wrongType(task, kind));
  const ofBand = ofType.filter((grant) => allowsBand(grant, offer));
  if (ofBand.length === 0) return refuse(bandTooHigh(task, ofType));
  return refuse(
    budgetSpent(
      ofBand.reduce((most, grant) => Math.max(most, budgetOf(grant)), 0),
      recent,
      now,
    ),
  );
};

/** Whether only the security label of the task is in the way. */
const isUncleared = (caller: CompiledPrincipal, { task, now }: Offer): boolean =>
  task.security !== undefined && may(caller, SUBMIT, { ...task, security: undefined }, now).allowed;

const SUBMIT: Requirement = { right: 'submit', reach: 'namespace' };

const refuse = (problem: Problem): AccessVerdict => ({ allowed: false, problem, hidden: false });

const submittingGrants = (caller: CompiledPrincipal, offer: Offer): readonly Grant[] => {
  const grants: Grant[] = [];
  someHolding(caller, offer.task, ({ submitting }) => {
    for (const grant of submitting) if (applies(grant, offer)) grants.push(grant);
    return false;
  });
  return grants;
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

const namespaceType = ({ type, namespace }: OfferedTask): Problem => ({
  code: 'FORBIDDEN',
  message: `tasks of type "${type}" reach all projects of a namespace: they need the right "submit" ${placeText(namespace, ANY)}`,
  details: { type, right: 'submit', namespace, project: ANY },
});

const ownType = ({ type }: OfferedTask): Problem => ({
  code: 'FORBIDDEN',
  message: `tasks of type "${type}" are submitted by gateways only`,
  details: { type },
});

const cellType = ({ type }: OfferedTask): Problem => ({
  code: 'FORBIDDEN',
  message: `tasks of type "${type}" work on the cell as a whole: they need the right "administer" by a grant of namespace "*"`,
  details: { type, right: 'administer', namespace: ANY },
});

const bandTooHigh = (
  { band, origin, namespace, project }: OfferedTask,
  grants: readonly Grant[],
): Problem => {
  const highest = highestBandAmong(grants);
  const from = origin === undefined ? '' : `, which the origin "${origin}" gives,`;
  return {
    code: 'FORBIDDEN',
    message: `the band "${band}"${from} is above "${highest}", the highest that is granted ${placeText(namespace, project)}`,
    details: { band, highestBand: highest, namespace, project },
  };
};

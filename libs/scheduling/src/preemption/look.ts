import { asc, orderBy } from '@precedent/kernel';
import { relieves } from './amounts.ts';
import type { VictimCandidate, Item, ReservationClaim } from './candidate.ts';
import type { Rejection } from './counts.ts';
import { domainAllows } from './filter.ts';
import type { Shortlist } from './shortlist.ts';
import type { DecisionRound, RoundWorker } from './round.ts';
import type { Reservation, Waiting } from './snapshot.ts';

/** One worker as one preemptor may use it. */
export interface Look {
  readonly round: DecisionRound;
  readonly preemptor: Waiting;
  readonly worker: RoundWorker;
  readonly list: Shortlist;
  /** In the order in which they are to be taken; not all may be, see `lateRejection`. */
  readonly items: readonly Item[];
}

export const lookAt = (round: DecisionRound, preemptor: Waiting, worker: RoundWorker): Look => {
  const list = round.shortlist(worker, preemptor.base);
  const items = withClaims(list.candidates, claimsOn(round, preemptor, worker));
  return { round, preemptor, worker, list, items };
};

/** The rules that need to know more of the preemptor than its band: h, victims that did not yield to it, and a. */
export const lateRejection = (look: Look, candidate: VictimCandidate): Rejection | undefined =>
  isOutOfReach(look, candidate) ?? (isScarce(look, candidate) ? undefined : 'placement');

export const isOutOfReach = (
  { round: { policy, ledger }, preemptor }: Look,
  { task, kind }: VictimCandidate,
): Rejection | undefined => {
  if (!domainAllows(preemptor, task, policy, ledger.sharePercentOf)) return 'tenant';
  return kind === 'victim' && preemptor.spared?.includes(task.id) ? 'spared' : undefined;
};

const isScarce = ({ worker, preemptor }: Look, { gives }: VictimCandidate): boolean =>
  relieves(gives, preemptor.demand, worker.unreserved);

/** Whether every candidate of the list passes; checked first, because it mostly holds and saves a check of each. */
export const allPass = ({ list, preemptor, worker }: Look): boolean =>
  list.domain === preemptor.domain &&
  preemptor.spared === undefined &&
  relieves(list.least, preemptor.demand, worker.unreserved);

/** The lowest band first, and among equals the one that waits for its victims longest. */
const claimOrder = orderBy<ReservationClaim>(
  asc(({ reservation }) => reservation.base),
  asc(({ reservation }) => -reservation.expiresAt),
  asc(({ reservation }) => reservation.task),
);

const claimsOn = (
  { policy, ledger }: DecisionRound,
  preemptor: Waiting,
  worker: RoundWorker,
): readonly ReservationClaim[] => {
  if (worker.reservations.length === 0) return NO_CLAIMS;
  const isTheirs = (reservation: Reservation): boolean =>
    reservation.base < preemptor.base &&
    domainAllows(preemptor, reservation, policy, ledger.sharePercentOf) &&
    relieves(reservation.amounts, preemptor.demand, worker.unreserved);
  return worker.reservations
    .filter(isTheirs)
    .map((reservation): ReservationClaim => ({ kind: 'steal', gives: reservation.amounts, reservation }))
    .sort(claimOrder);
};

const NO_CLAIMS: readonly ReservationClaim[] = [];

/** Another's reservation is taken after what costs nothing, and before any victim. */
const withClaims = (
  candidates: readonly VictimCandidate[],
  claims: readonly ReservationClaim[],
): readonly Item[] => {
  if (claims.length === 0) return candidates;
  const firstVictim = candidates.findIndex(({ kind }) => kind === 'victim');
  const at = firstVictim === -1 ? candidates.length : firstVictim;
  return [...candidates.slice(0, at), ...claims, ...candidates.slice(at)];
};

import { asc, orderBy } from '@precedent/kernel';
import { relieves } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import type { Candidate } from './candidate.ts';
import { newTally, reject } from './counts.ts';
import type { Rejection, Tally } from './counts.ts';
import { domainAllows } from './filter.ts';
import { freedBy } from './rooms.ts';
import type { Round, WorkerState } from './round.ts';
import type { Reservation, Waiting } from './snapshot.ts';

/** One thing that can be taken on a worker to make room. */
export type Item =
  | { readonly kind: 'candidate'; readonly gives: Amounts; readonly candidate: Candidate }
  /** A reservation of a lower band. */
  | { readonly kind: 'steal'; readonly gives: Amounts; readonly reservation: Reservation };

/** What one preemptor finds on one worker. */
export interface Look {
  readonly worker: WorkerState;
  readonly demand: Amounts;
  /** Without any of the items. */
  readonly room: Amounts;
  /** In the order in which they are to be taken. */
  readonly items: readonly Item[];
  readonly tally: Tally;
}

/** Looks at the tasks and reservations of a worker with a preemptor's eyes. */
export const lookAt = (round: Round, preemptor: Waiting, worker: WorkerState): Look => {
  const { demand } = preemptor;
  const room = worker.unreserved;
  const tally = newTally();
  const taken: Item[] = [];
  const { candidates, tally: common } = round.shortlist(worker, preemptor.base);
  for (const candidate of candidates) {
    const gives = freedBy(candidate.task, candidate.mode);
    const reason = lateRejectionOf(round, preemptor, candidate, relieves(gives, demand, room));
    if (reason === undefined) taken.push({ kind: 'candidate', gives, candidate });
    else reject(tally, reason);
  }
  addTo(tally, common);
  return { worker, demand, room, items: withSteals(taken, stealsOn(worker, preemptor)), tally };
};

/** Rules h and a, and who was asked in vain: those that need to know more of the preemptor than its band. */
export const lateRejectionOf = (
  { policy, ledger }: Round,
  preemptor: Waiting,
  { task, kind }: Candidate,
  isScarce: boolean,
): Rejection | undefined => {
  if (!domainAllows(preemptor, task, policy, ledger.sharePercentOf)) return 'tenant';
  if (kind === 'victim' && preemptor.spared?.includes(task.id)) return 'spared';
  return isScarce ? undefined : 'placement';
};

const addTo = (tally: Tally, other: Tally): void => {
  for (const [reason, times] of Object.entries(other.rejected)) reject(tally, reason as Rejection, times);
};

/** The lowest band first, and among equals the one that waits for its victims longest. */
const stealOrder = orderBy<Reservation>(
  asc(({ base }) => base),
  asc(({ expiresAt }) => -expiresAt),
  asc(({ task }) => task),
);

const stealsOn = ({ reservations, unreserved }: WorkerState, { base, demand }: Waiting): Item[] =>
  reservations
    .filter((reservation) => reservation.base < base && relieves(reservation.amounts, demand, unreserved))
    .sort(stealOrder)
    .map((reservation) => ({ kind: 'steal', gives: reservation.amounts, reservation }));

/** Another's reservation is taken after what costs nothing, and before any victim. */
const withSteals = (items: readonly Item[], steals: readonly Item[]): readonly Item[] => {
  if (steals.length === 0) return items;
  const firstVictim = items.findIndex(
    (item) => item.kind === 'candidate' && item.candidate.kind === 'victim',
  );
  const at = firstVictim === -1 ? items.length : firstVictim;
  return [...items.slice(0, at), ...steals, ...items.slice(at)];
};

import { bandOf, formatDuration } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import type { CandidateCounts, Rejection } from './counts.ts';
import { REJECTIONS } from './counts.ts';
import type { DecidedVictim, Decision, Reason } from './decision.ts';
import type { Mode } from './mode.ts';

/** A decision as a sentence or two for a person: what is done, for whom, and why. */
export const explain = (decision: Decision): string => {
  const { id, base, waitedMs } = decision.preemptor;
  const who = `${id} (${bandOf(base)}, waiting for ${formatDuration(waitedMs)})`;
  return [`${who} ${SENTENCES[decision.reason](decision)}.`, ...footnotes(decision)].join(' ');
};

const SENTENCES: Readonly<Record<Reason, (decision: Decision) => string>> = {
  victims: (decision) =>
    `takes its place on ${decision.worker} from ${list(decision.victims.map(victimWords(decision)))}${beside(decision)}`,
  leaving: ({ worker }) => `is given what is about to be free on ${worker}; no task is preempted`,
  reclaimed: (decision) =>
    `takes its place on ${decision.worker} from ${list(decision.reclaimed.map(reclaimedWords))}; no work is lost`,
  higher_band: (decision) =>
    `takes over what is reserved on ${decision.worker} for ${list(decision.stolen.map(holderWords))}${beside({ ...decision, stolen: [] })}; no work is lost`,
  express_slot: ({ worker }) => `starts in an express slot of ${worker}, above its slot count`,
  preempt_after: ({ at, wakeAt }) => `waits: it may preempt in ${until(at, wakeAt)}`,
  natural_end: ({ natural }) =>
    `waits: ${natural?.worker} has room in ${formatDuration(natural?.ms ?? 0)}, sooner than a victim could leave`,
  not_worth_it: ({ savedMs, costMs }) =>
    `waits: preempting would save ${formatDuration(savedMs ?? 0)} and cost ${formatDuration(costMs)}`,
  held: () => 'waits: it may not preempt other tasks',
  no_worker: () => 'waits: no worker that fits it is large enough',
  no_candidates: () => 'waits: no task may be preempted for it',
  not_enough: () => 'waits: all that may be preempted for it would not make enough room on one worker',
  replans: () => 'waits: the victims that it was given did not yield, too often',
  budget: () => 'waits: the budgets of the tasks that would be preempted are used up',
  cap: ({ pool }) => `waits: pool ${pool} has had its preemptions for the moment`,
  breaker: ({ at, pool, wakeAt }) =>
    `waits: preemption in pool ${pool} is off for ${until(at, wakeAt)}, because it did more harm than good`,
};

const until = (at: number, wakeAt: number | undefined): string => formatDuration((wakeAt ?? at) - at);

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;

const band = (rank: BandRank): string => bandOf(rank);

const victimWords =
  ({ at }: Decision) =>
  ({ id, base, mode, deadline, lostMs }: DecidedVictim): string =>
    `${id} (${band(base)}, ${MODE_WORDS[mode]} within ${formatDuration(deadline - at)}, about ${formatDuration(lostMs)} lost)`;

const MODE_WORDS: Readonly<Record<Mode, string>> = {
  never: 'never',
  delay: 'after a delay,',
  at_checkpoint: 'at a checkpoint',
  suspend: 'suspended',
  immediate: 'at once,',
};

const reclaimedWords = ({ id, kind }: Decision['reclaimed'][number]): string =>
  kind === 'recall' ? `${id}, which has not started` : `${id}, which only waits`;

const holderWords = ({ task, base }: Decision['stolen'][number]): string => `${task} (${band(base)})`;

const beside = ({ reclaimed, stolen }: Decision): string => {
  const more = [
    ...reclaimed.map(reclaimedWords),
    ...stolen.map((one) => `the reservation of ${holderWords(one)}`),
  ];
  return more.length === 0 ? '' : `, and takes ${list(more)}`;
};

const footnotes = (decision: Decision): string[] => [
  ...(decision.reservation?.kind === 'held'
    ? [`${decision.reservation.worker} keeps what becomes free for it.`]
    : []),
  ...(decision.candidates.total > 0 ? [countWords(decision.candidates)] : []),
];

const countWords = ({ total, chosen, notNeeded, rejected }: CandidateCounts): string => {
  const reasons = REJECTIONS.flatMap((reason) => {
    const count = rejected[reason] ?? 0;
    return count === 0 ? [] : [`${count} ${REJECTION_WORDS[reason]}`];
  });
  const parts = [`${chosen} taken`, `${notNeeded} not needed`, ...reasons];
  return `Of ${total} running: ${parts.join(', ')}.`;
};

const REJECTION_WORDS: Readonly<Record<Rejection, string>> = {
  placement: 'would not make the room that it needs',
  band: 'not lower',
  never: 'never preemptible',
  atomic: 'in an atomic section',
  exempt: 'started too recently',
  max_count: 'preempted often enough',
  budget: 'over a budget',
  natural: 'about to end',
  tenant: "another tenant's",
  leaving: 'leaving already',
  spared: 'did not yield before',
};

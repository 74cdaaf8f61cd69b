import type { TaskView } from '@precedent/contract-types';

/** Deliveries of one webhook that have no verdict, at most. Behind them the dispatcher waits. */
export const OPEN_DELIVERIES_MAX = 500;
/** From so many failed first tries on, the receiver counts as away: one event that it never takes holds back no others. */
const FAILING_FROM = 10;
/** Deliveries that were not tried yet, while the receiver answers, and while it does not. */
const FRESH_MAX = 100;
const FRESH_WHILE_FAILING = 4;

/**
 * How many more deliveries of a webhook may be submitted, by those that are open. A receiver that is away gets few new ones, so that its
 * deliveries take no slots from those of others.
 */
export const deliveryRoom = (open: readonly Pick<TaskView, 'retries'>[]): number => {
  const fresh = open.filter(({ retries }) => retries === 0).length;
  const isFailing = open.length - fresh >= FAILING_FROM;
  const most = isFailing ? FRESH_WHILE_FAILING : FRESH_MAX;
  return Math.max(0, Math.min(OPEN_DELIVERIES_MAX - open.length, most - fresh));
};

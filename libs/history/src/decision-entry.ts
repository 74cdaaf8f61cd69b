import type { DecisionView } from '@precedent/contract-types';
import { explain } from '@precedent/scheduling';
import type { DecisionRecord } from '@precedent/scheduling';
import type { DecidedRecord } from '@precedent/tasks';

/** A decision as it is shown. One that another version wrote, and that cannot be put into words, is kept without them. */
export const decisionOf = ({ decision: id, id: task, at, record }: DecidedRecord): DecisionView => {
  const { decision } = record as DecisionRecord;
  return {
    id,
    at,
    task,
    outcome: decision.outcome,
    victims: decision.victims.map((victim) => victim.id),
    explanation: explain(decision),
    record,
  };
};

export { cycleThrough } from './cycle.ts';
export { dependencyIssues } from './dependency-issues.ts';
export { isMetBy } from './edge-outcome.ts';
export { endedOf } from './ended.ts';
export type { Ended } from './ended.ts';
export { isOpenEdge, joinOutcome, openEdges, withEdge } from './join.ts';
export type { EdgeStates } from './join.ts';
export { submissionOrder } from './submission-order.ts';

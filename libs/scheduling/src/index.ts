export { refuseWhenFull, retryAfterMs } from './admission.ts';
export type { BandLimits, BandUse } from './admission.ts';
export { agedRank } from './aging.ts';
export type { AgingMs } from './aging.ts';
export { decideStarts } from './dispatch.ts';
export type { Capacity, DispatchInput, LoadedWorker, Pinned, Start } from './dispatch.ts';
export { QueueClass } from './queue-class.ts';
export { loadAdmission } from './load.ts';
export { readingsText } from './load-text.ts';
export type { MachineReadings } from './load-text.ts';
export type { Admission, LoadLimits, Occupancy } from './load.ts';
export { lacks, placementKey } from './placement.ts';
export type { Placement, WorkerOffer } from './placement.ts';
export { RunQueue } from './run-queue.ts';
export type { Queued } from './run-queue.ts';
export { remainingAfter } from './spread.ts';
export type { Spread } from './spread.ts';
export { startEstimate } from './start-estimate.ts';
export type { Line } from './start-estimate.ts';
export { NO_AMOUNTS, demandOf, fits, minus, plus, supplyOf } from './preemption/amounts.ts';
export type { Amounts } from './preemption/amounts.ts';
export { CLOSED_BREAKER, breakerAfter, isBreakerOpen } from './preemption/breaker.ts';
export type { BreakerCause, BreakerRecord, BreakerState } from './preemption/breaker.ts';
export { extended } from './preemption/commit.ts';
export { REJECTIONS } from './preemption/counts.ts';
export type { CandidateCounts, Rejection } from './preemption/counts.ts';
export { afterDecisions, decide } from './preemption/decide.ts';
export { decisionKey, takes } from './preemption/decision.ts';
export type { DecidedVictim, Decision, NaturalEnd, Outcome, Reason } from './preemption/decision.ts';
export type { Reclaimed, PreemptedReservation } from './preemption/decision.ts';
export { donations } from './preemption/donation.ts';
export type { Wait } from './preemption/donation.ts';
export { afterFreeze, atDeadline, forcedEnd, mayEscalate, replanned } from './preemption/escalation.ts';
export type { Escalation, ForcedEnd } from './preemption/escalation.ts';
export { explain } from './preemption/explain.ts';
export { inspect } from './preemption/inspect.ts';
export type { InspectedCandidate, CandidateOutcome, Inspection } from './preemption/inspect.ts';
export { MODES } from './preemption/mode.ts';
export type { Mode } from './preemption/mode.ts';
export { modeOf, requestedMode, timesOf } from './preemption/mode-choice.ts';
export type { ModeTimes } from './preemption/mode-choice.ts';
export { DEFAULT_POLICY, RULE_VERSION } from './preemption/policy.ts';
export type { OverrideBounds, BreakerRules, ClassRules, Override, Policy } from './preemption/policy.ts';
export { isTime, limitsOf, overrideIssues, policyIssues } from './preemption/policy-bounds.ts';
export { baseRank, protection, queueRank } from './preemption/priority.ts';
export { decideRecorded, recordsOf, replay } from './preemption/record.ts';
export type { DecisionRecord, Replay } from './preemption/record.ts';
export { comesFirst, frozen, liveReservations, roomFor, visibleRoom } from './preemption/rooms.ts';
export type { BlockedBy, Phase, PoolUse, Reservation, Running, Snapshot } from './preemption/snapshot.ts';
export type {
  TenantUse,
  DecisionTrigger,
  Waiting,
  SnapshotWorker,
  WorkflowUse,
} from './preemption/snapshot.ts';
export { mayPreemptAt, skipOf } from './preemption/trigger.ts';
export type { Skip } from './preemption/trigger.ts';

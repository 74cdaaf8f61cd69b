import type { CellOptions } from '@precedent/engine';
import { cellOptions, JOURNAL, perBand } from '../engine/options.ts';
import { AGING, NO_AGING, POLICY } from './plan.ts';
import type { Plan } from './plan.ts';

/** Of an engine's claim to its cell. */
export const LEASE_TTL_MS = 2_000;
/** Of each worker. */
export const SLOTS = 2;
export const WORKER = { leaseMs: 2_000, heartbeatMs: 400 };
const TIMEOUTS = { queue: 0, attempt: 2_500, total: 0, heartbeat: 0, grace: 200 };
const RETRY = { max: 2, delay: 200, backoff: 2, maxDelay: 1_000, jitter: 0.5, nonRetryable: [] };

/** The options of an engine, as the plan of the run says. Short times, so that limits are reached. */
export const simCellOptions = (plan: Plan, owner: string): CellOptions => {
  const { ages, snapshotEvery, retentionMs, maxWaiting, inFlightMax, groupCommitDelayMs } = plan;
  return cellOptions({
    owner,
    defaults: {
      namespace: 'default',
      project: 'default',
      pool: 'default',
      timeouts: perBand(() => TIMEOUTS),
      retry: RETRY,
    },
    aging: ages ? AGING : NO_AGING,
    preemption: plan.preempts ? { ...POLICY, floorPercent: plan.floorPercent } : undefined,
    limits: perBand(() => ({ maxWaiting, maxWaitingBytes: 1_000_000 })),
    worker: WORKER,
    journal: {
      ...JOURNAL,
      snapshotEvery,
      retentionMs,
      inFlightMax,
      groupCommitDelayMs,
      entryRecordsMax: 4,
    },
    startsPerTurn: 3,
  });
};

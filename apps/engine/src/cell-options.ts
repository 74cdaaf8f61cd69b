import { perBand } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { agingOf, policyOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import type { CellOptions } from '@precedent/engine';
import type { RetryPolicy, Timeouts } from '@precedent/tasks';

const DAY_MS = 86_400_000;

/** No task stays open longer than this, whatever it asks: nothing waits for ever. */
const TOTAL_MS = 7 * DAY_MS;

const timeoutsOf = (config: Config, band: Band): Timeouts => ({
  queue: config.bands[band].queueTimeout,
  attempt: config.execution.timeout,
  total: TOTAL_MS,
  heartbeat: 0,
  grace: config.bands[band].grace,
});

const retryOf = ({ execution }: Config): RetryPolicy => ({
  max: execution.retries,
  delay: execution.retryDelay,
  backoff: 2,
  maxDelay: 5 * 60_000,
  jitter: 0.2,
  nonRetryable: [],
});

/** The configuration as the cell wants it. `owner` names this engine. */
export const cellOptionsOf = (config: Config, owner: string): CellOptions => ({
  cell: config.cell,
  owner,
  defaults: {
    namespace: config.namespace,
    project: config.project,
    pool: 'default',
    timeouts: perBand((band) => timeoutsOf(config, band)),
    retry: retryOf(config),
  },
  limits: perBand((band) => config.bands[band]),
  aging: agingOf(config),
  preemption: config.preemption.enabled ? policyOf(config) : undefined,
  recent: { ...config.recent, maxIds: 500_000 },
  idempotency: { retentionMs: config.idempotency.retention, maxKeys: config.idempotency.maxKeys },
  worker: { leaseMs: config.worker.lease, heartbeatMs: config.worker.heartbeat },
  journal: {
    inFlightMax: 2,
    entryCharsMax: 512 * 1024,
    entryRecordsMax: 1_500,
    // At steady rates above 200 tasks a second the verdict of one task shares the append of the next one.
    groupCommitDelayMs: 5,
    backlogMax: 64 * 1024 * 1024,
    snapshotEvery: 250_000,
    retentionMs: config.storage.journalRetention,
  },
  startsPerTurn: 256,
  waitersMax: 100_000,
});

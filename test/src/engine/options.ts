import { BANDS } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { CellOptions } from '@precedent/engine';

export const perBand = <T>(of: (band: Band) => T): Record<Band, T> =>
  Object.fromEntries(BANDS.map((band) => [band, of(band)])) as Record<Band, T>;

const TIMEOUTS = { queue: 60_000, attempt: 30_000, total: 600_000, heartbeat: 0, grace: 2_000 };

export const JOURNAL = {
  inFlightMax: 2,
  entryCharsMax: 512 * 1024,
  entryRecordsMax: 1_500,
  groupCommitDelayMs: 0,
  backlogMax: 1_000_000,
  snapshotEvery: 1_000_000,
  retentionMs: 0,
};

/** The default options of a cell under test: short times, small limits, no jitter of its own. */
export const cellOptions = (overrides: Partial<CellOptions> = {}): CellOptions => ({
  cell: 'main',
  owner: 'e1',
  defaults: {
    namespace: 'default',
    project: 'default',
    pool: 'default',
    timeouts: perBand(() => TIMEOUTS),
    retry: { max: 2, delay: 1_000, backoff: 2, maxDelay: 10_000, jitter: 0.2, nonRetryable: ['BadInput'] },
  },
  limits: perBand(() => ({ maxWaiting: 1_000, maxWaitingBytes: 1_000_000 })),
  aging: [0, 0, 0, 0],
  recent: { maxTasks: 1_000, maxBytes: 10_000_000, maxIds: 1_000 },
  idempotency: { retentionMs: 3_600_000, maxKeys: 1_000 },
  worker: { leaseMs: 10_000, heartbeatMs: 2_000 },
  journal: JOURNAL,
  startsPerTurn: 256,
  waitersMax: 10,
  ...overrides,
});

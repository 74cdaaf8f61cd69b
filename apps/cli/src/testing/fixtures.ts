import type { EngineStatus, TaskView, WorkerView } from '@precedent/contract-types';
import { NOW } from './fake-cli.ts';

export const aTask = (fields: Partial<TaskView> = {}): TaskView => ({
  id: '01HQ',
  namespace: 'default',
  project: 'shop',
  type: 'command',
  band: 'normal',
  pool: 'default',
  state: 'running',
  attempt: 1,
  retries: 0,
  submittedAt: NOW - 65_000,
  ...fields,
});

export const aWorker = (fields: Partial<WorkerView> = {}): WorkerView => ({
  id: 'w1',
  session: 's1',
  state: 'ready',
  types: ['command', 'http'],
  pools: ['default'],
  labels: {},
  slots: 10,
  busy: 3,
  version: '0.1.0',
  connectedAt: NOW - 3_600_000,
  lastHeardAt: NOW - 400,
  ...fields,
});

const band = { waiting: 0, queued: 0, queuedBytes: 0, running: 0, retrying: 0 };

export const aStatus = (): EngineStatus => ({
  state: 'running',
  cell: 'main',
  epoch: 4,
  version: '0.1.0',
  startedAt: NOW - 60_000,
  journalSeq: 1_234,
  bands: {
    low: { ...band, queued: 100_000, queuedBytes: 31_400_000 },
    normal: { ...band, running: 3 },
    high: band,
    critical: { ...band, running: 1, retrying: 2 },
  },
  settled: { completed: 10, failed: 2, cancelled: 0, timed_out: 1, skipped: 0, rejected: 0 },
  workers: 1,
  slots: 10,
  loads: { normal: 0, elevated: 0, high: 0, critical: 0 },
  staleReports: 0,
  voidEntries: 0,
  memoryMb: 120.4,
});

import { LOAD_LEVELS, VERDICTS } from '@precedent/contract-types';
import type {
  BandStatus,
  BlockedView,
  EngineStatus,
  OverdueSlots,
  PartStatus,
  WorkerView,
} from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';
import { machineLoadViewSchema } from './named.ts';
import { inner, value, view } from './view.ts';

const { at, count, labels, text, texts } = value;

const workerViewSchema = view<WorkerView>('Worker', {
  id: text,
  session: text,
  state: z.enum(['ready', 'draining']),
  types: texts,
  pools: texts,
  labels,
  slots: count,
  busy: count,
  express: count.exactOptional().describe('tasks above its slots that it takes'),
  expressBusy: count.exactOptional(),
  blocked: inner<BlockedView>({ since: at, tasks: texts, place: text.exactOptional() })
    .exactOptional()
    .describe('code of a handler blocks its event loop'),
  overdue: inner<OverdueSlots>({ count, since: at, tasks: texts })
    .exactOptional()
    .describe('slots whose code has not left by the deadline of its stop'),
  assignedAhead: count.exactOptional().describe('tasks that wait there for the next free slot'),
  version: text,
  connectedAt: at,
  lastHeardAt: at,
  load: machineLoadViewSchema.exactOptional(),
});

const bandStatusSchema = view<BandStatus>('BandStatus', {
  waiting: count.describe('they wait for other tasks'),
  queued: count,
  queuedBytes: count.describe('of those that wait for other tasks, too'),
  running: count,
  retrying: count,
});

const partStatusSchema = view<PartStatus>('Part', {
  name: text,
  state: z.enum(['running', 'restarting', 'absent']),
  at: at.describe('epoch milliseconds since when it is in this state'),
  restarts: count,
  reason: text.exactOptional().describe('why it ended last, or could not be started'),
});

export const engineStatusSchema = view<EngineStatus>('EngineStatus', {
  state: text,
  cell: text,
  epoch: count,
  startedAt: at,
  journalSeq: count,
  bands: z.record(z.enum(BANDS), bandStatusSchema),
  settled: z.record(z.enum(VERDICTS), count),
  workers: count,
  slots: count,
  loads: z.record(z.enum(LOAD_LEVELS), count).describe('how many workers are how busy'),
  staleReports: count.describe('reports refused because their lease had ended'),
  voidEntries: count.describe('journal entries that no engine appended'),
  version: text,
  memoryMb: count,
  parts: z.array(partStatusSchema).exactOptional().describe('the programs of `precedent up`'),
  standby: texts.exactOptional().describe('engines that would take the cell over'),
});

export const workersReplySchema: z.ZodType<readonly WorkerView[]> = z.array(workerViewSchema);

import type { EngineStatus, HistoryStatusReply, PartStatus, SearchStatus } from '@precedent/contracts';
import { BANDS, formatDuration } from '@precedent/kernel';
import { fieldsText, tableText, timeText } from './output.ts';

/** The engine of a cell, and what reads its journal. */
export interface CellStatus extends EngineStatus {
  readonly history?: HistoryStatusReply;
  readonly search?: SearchStatus;
}

/** The engine, then its bands, the most urgent first. */
export const statusText = (status: CellStatus, now: number): string => {
  const settled = Object.entries(status.settled).map(([verdict, count]) => `${count} ${verdict}`);
  const fields = fieldsText([
    ['engine', `${status.state}, cell ${status.cell}, epoch ${status.epoch}, version ${status.version}`],
    ['started', timeText(status.startedAt, now)],
    ['workers', `${status.workers} with ${status.slots} slots`],
    ['settled', settled.join(', ')],
    ['journal', `sequence ${status.journalSeq}`],
    ['memory', `${Math.round(status.memoryMb)} MiB`],
    ['history', status.history ? historyText(status.history) : AWAY],
    ['search', status.search ? searchText(status.search) : AWAY],
    ...(status.parts ?? []).filter(isTroubled).map((part) => [part.name, partText(part, now)] as const),
    ['stale', status.staleReports === 0 ? undefined : `${status.staleReports} reports refused`],
  ]);
  const rows = BANDS.toReversed().map((band) => {
    const { queued, queuedBytes, running, retrying } = status.bands[band];
    return [band, queued, running, retrying, queuedBytes].map(String);
  });
  return `${fields}\n${tableText(['band', 'queued', 'running', 'retrying', 'queued bytes'], rows)}`;
};

const isTroubled = ({ state, restarts }: PartStatus): boolean => state !== 'running' || restarts > 0;

const partText = ({ state, at, restarts, reason = 'no reason known' }: PartStatus, now: number): string => {
  const since = timeText(at, now);
  if (state === 'absent') return `not started at ${since}, because: ${reason}`;
  const times = restarts === 1 ? '1 restart' : `${restarts} restarts`;
  return `${state} since ${since}, ${times}, the last because: ${reason}`;
};

const AWAY = 'does not answer: not started, or busy';

const historyText = ({ state, freshness, rows, problem }: HistoryStatusReply): string =>
  [
    `${state}, ${rows.tasks} tasks`,
    freshText(freshness),
    ...(problem ? [`${problem.code}: ${problem.message}`] : []),
  ].join(', ');

const searchText = ({ model, freshness, building, trouble }: SearchStatus): string => {
  const isOpen = model !== undefined || freshness.seq > 0 || trouble?.code !== 'VECTORS_UNAVAILABLE';
  const how = model === undefined ? 'by words only' : `by meaning (${model})`;
  return [
    ...(isOpen ? [how, freshText(freshness)] : ['not yet']),
    ...(building ? [`${building.done} of ${building.total} embedded with ${building.model}`] : []),
    ...(trouble ? [`${trouble.code}: ${trouble.message}`] : []),
  ].join(', ');
};

const freshText = ({ seq, lastSeq, lagMs }: SearchStatus['freshness']): string =>
  lagMs === 0 ? 'up to date' : `${formatDuration(lagMs)} and ${Math.max(0, lastSeq - seq)} entries behind`;

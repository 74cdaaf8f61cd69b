import type { SearchStatus } from '@precedent/contracts';
import type { EngineStatus, HistoryStatusReply, PartStatus, SetAsideView } from '@precedent/contract-types';
import { BANDS, countText, formatAgo, formatDuration } from '@precedent/kernel';
import { fieldsText, timeText } from './output.ts';
import { styledWord, styleOf } from './terminal/style.ts';
import { tableText } from './terminal/table.ts';
import type { Page } from './terminal/table.ts';
import { visibleLine } from './terminal/visible.ts';

/** The engine of a cell, and what reads its journal. */
export interface CellStatus extends EngineStatus {
  readonly history?: HistoryStatusReply;
  readonly search?: SearchStatus;
}

/** The engine, then its bands, the most urgent first. */
export const statusText = (status: CellStatus, page: Page): string => {
  const fields = fieldsText([
    ['engine', `${status.state}, cell ${status.cell}, epoch ${status.epoch}, version ${status.version}`],
    ['started', timeText(status.startedAt, page.now)],
    ['standby', status.standby?.length ? status.standby.join(', ') : undefined],
    ['workers', `${status.workers} with ${countText(status.slots, 'slot')}${loadsText(status.loads)}`],
    ['settled', settledText(status, page.now)],
    ['journal', journalText(status)],
    ['memory', `${Math.round(status.memoryMb)} MiB`],
    ['history', status.history ? historyText(status.history) : AWAY],
    ['search', status.search ? searchText(status.search) : AWAY],
    ...(status.parts ?? []).filter(isTroubled).map((part) => [part.name, partText(part, page.now)] as const),
    [
      'stale',
      status.staleReports === 0
        ? undefined
        : `${countText(status.staleReports, 'report')} refused since it started`,
    ],
  ]);
  return `${fields}\n${bandTable(status, page)}`;
};

/** Tasks by band, the most urgent first. */
export const bandTable = (status: EngineStatus, page: Page): string => {
  const rows = BANDS.toReversed().map((band) => {
    const { waiting, queued, queuedBytes, running, retrying } = status.bands[band];
    const name = { text: band, style: styleOf(band) };
    const counts = [waiting, queued, running, retrying].map(String);
    return [name, ...counts, bytesText(queuedBytes)];
  });
  return tableText(['band', 'waiting', 'queued', 'running', 'retrying', 'size'], rows, page);
};

/** Workers whose machines are so busy that they take less. */
const loadsText = ({ elevated, high, critical }: EngineStatus['loads']): string => {
  const busy = Object.entries({ elevated, high, critical }).filter(([, count]) => count > 0);
  return busy.map(([level, count]) => `, ${count} with ${level} load`).join('');
};

/** Counters of the engine begin at its start. */
export const settledText = ({ settled, startedAt }: EngineStatus, now: number): string => {
  const counts = Object.entries(settled).filter(([, count]) => count > 0);
  const text = counts.map(([verdict, count]) => `${count} ${styledWord(verdict)}`).join(', ');
  return `${text || 'nothing'} since the engine started, ${formatAgo(now - startedAt)}`;
};

const KIB = 1_024;

const bytesText = (bytes: number): string => {
  if (bytes < KIB) return `${bytes} B`;
  return bytes < KIB * KIB ? `${(bytes / KIB).toFixed(1)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`;
};

const isTroubled = ({ state, restarts }: PartStatus): boolean => state !== 'running' || restarts > 0;

const partText = ({ state, at, restarts, reason = 'no reason known' }: PartStatus, now: number): string => {
  const since = timeText(at, now);
  if (state === 'absent') return `not started at ${since}, because: ${reason}`;
  return `${state} since ${since}, ${countText(restarts, 'restart')}, the last because: ${reason}`;
};

const journalText = ({ journalSeq, voidEntries }: CellStatus): string =>
  `sequence ${journalSeq}${voidEntries > 0 ? `, ${countText(voidEntries, 'foreign message')} skipped (see precedent journal check)` : ''}`;

const AWAY = 'does not answer: not started, or busy';

const historyText = ({ state, freshness, rows, problem, setAside }: HistoryStatusReply): string =>
  [
    `${state}, ${countText(rows.tasks, 'task')}`,
    freshText(freshness),
    ...setAsideText(setAside),
    ...(problem ? [`${problem.code}: ${problem.message}`] : []),
  ].join(', ');

const searchText = ({ model, freshness, building, memory, trouble, setAside }: SearchStatus): string => {
  const isOpen = model !== undefined || freshness.seq > 0 || trouble?.code !== 'VECTORS_UNAVAILABLE';
  const how = model === undefined ? 'by words only' : `by meaning (${model})`;
  return [
    ...(isOpen ? [how, freshText(freshness)] : ['not yet']),
    ...memoryText(memory),
    ...(building ? [`${building.done} of ${building.total} embedded with ${building.model}`] : []),
    ...setAsideText(setAside),
    ...(trouble ? [`${trouble.code}: ${trouble.message}`] : []),
  ].join(', ');
};

const memoryText = (memory: SearchStatus['memory']): readonly string[] => {
  if (memory === undefined) return [];
  const { bytes, limitBytes, onDisk } = memory;
  const where = onDisk.length === 0 ? '' : `, ${countText(onDisk.length, 'collection')} on disk`;
  return [`${bytesText(bytes)} of ${bytesText(limitBytes)} in memory${where}`];
};

const setAsideText = (setAside: SetAsideView | undefined): readonly string[] => {
  const [last] = setAside?.latest ?? [];
  if (setAside === undefined || last === undefined) return [];
  const { seq, subject, reason } = last;
  return [`${setAside.count} left out, the last one at entry ${seq} (${subject}: ${visibleLine(reason)})`];
};

const freshText = ({ seq, lastSeq, lagMs }: SearchStatus['freshness']): string =>
  lagMs === 0
    ? 'up to date'
    : `${formatDuration(lagMs)} and ${countText(Math.max(0, lastSeq - seq), 'entry', 'entries')} behind`;

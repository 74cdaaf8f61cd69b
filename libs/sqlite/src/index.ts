export { openHistoryFolder } from './history-folder.ts';
export type { HistoryFolder } from './history-folder.ts';
export { openHistoryComparison } from './history-comparison.ts';
export type { ComparedHistory, HistoryDifference } from './history-comparison.ts';
export { SqliteHistory } from './sqlite-history.ts';
export { sqliteIndexState } from './index-state.ts';
export { sqliteVectorCache } from './vector-cache.ts';

export { openHistoryFolder } from './history-folder.ts';
export type { HistoryFolder, MovedHistory } from './history-folder.ts';
export { SCHEMA_VERSION } from './schema.ts';
export { SqliteHistory } from './sqlite-history.ts';
export { sqliteIndexState } from './index-state.ts';
export { sqliteVectorCache } from './vector-cache.ts';
export type { SqliteVectorCacheOptions } from './vector-cache.ts';

export { Historian } from './historian.ts';
export type { HistorianOptions, HistoryEvent, HistoryFiles } from './historian.ts';
export { HistoryDesk } from './history-desk.ts';
export type { DeskTerms } from './history-desk.ts';
export { Projection } from './projection.ts';
export type { Defaults } from './projection.ts';
export type { Rebuilt } from './rebuild.ts';

export { HistoryService } from './history-service.ts';
export { Historian } from './historian.ts';
export type { HistorianOptions, HistoryEvent, HistoryFiles } from './historian.ts';
export { Projection } from './projection.ts';
export { refold } from './refold.ts';

export { Cell } from './cell/cell.ts';
export { CellState } from './cell/cell-state.ts';
export { Engine } from './engine.ts';
export type { EngineEndpoint, EngineEndpoints } from './engine.ts';
export { blockingIn, checkJournal } from './journal/journal-check.ts';
export type { CheckedLogs, JournalFinding, JournalReport } from './journal/journal-check.ts';
export { blockedText } from './workers/blocked-text.ts';
export type { CellOptions, CellPorts } from './options.ts';
export { recover } from './recovery/recovery.ts';

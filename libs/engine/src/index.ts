export { Cell } from './cell.ts';
export type { CellPast } from './cell-core.ts';
export { CellState } from './cell-core.ts';
export { Engine } from './engine.ts';
export type { EngineDoors, StopOptions } from './engine.ts';
export type { CellOptions, CellPorts } from './options.ts';
export { recover } from './recovery.ts';
export type { Recovered } from './recovery.ts';

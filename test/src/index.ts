export { floorRows } from './bench/floors-table.ts';

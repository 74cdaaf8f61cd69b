export { agingOf, cellOptionsOf } from './cell-options.ts';

export { cellOptionsOf } from './cell-options.ts';

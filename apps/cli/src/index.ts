export { cliReference } from './reference.ts';
export { processIo } from './io.ts';
export type { Io } from './io.ts';
export { runCli } from './run-cli.ts';

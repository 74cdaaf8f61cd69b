import type { ColumnFile } from '@precedent/ports';
import { serveCalls } from '../thread/serve.ts';
import { threadCalls } from './thread-calls.ts';

/** The whole life of a thread of the built-in types: what an app's thread entry calls. `columnFile` writes Parquet. */
export const serveBuiltinThread = (columnFile: ColumnFile): void => serveCalls(threadCalls(columnFile));

import type { ColumnFile } from '@precedent/ports';
import { cutDocument } from './documents/cut-document.ts';
import { tableOf } from './records/table.ts';
import { textWork } from './text/text-work.ts';
import { COMPUTE_CALLS } from './vectors/compute-calls.ts';
import { parsedVectors } from './vectors/parsed-vectors.ts';

/** What the built-in types do in threads: all synchronous work over bytes that users sent. */
export const threadCalls = (columnFile: ColumnFile) => ({
  cut: cutDocument,
  text: textWork,
  vectors: parsedVectors,
  table: tableOf(columnFile),
  ...COMPUTE_CALLS,
});

export type ThreadCalls = ReturnType<typeof threadCalls>;

import type { ColumnFile, TableRow } from '@precedent/ports';
import { ColumnTypes } from './column-types.ts';
import { COLUMN_TYPES } from './export-source.ts';
import { rowsOf } from './json-lines.ts';

export interface TableInput {
  /** JSON lines; each chunk ends with a whole one. */
  readonly chunks: readonly Uint8Array[];
  readonly columns: readonly string[];
}

/** Rows of a row group. */
const GROUP_ROWS = 10_000;

/** Rows as one file of columns; runs in a thread. Reads the rows twice: for the types of their columns, and to write them. */
export const tableOf =
  (columnFile: ColumnFile) =>
  async ({ chunks, columns }: TableInput): Promise<Uint8Array> => {
    const types = new ColumnTypes(columns, COLUMN_TYPES);
    for (const rows of rowsOf(chunks, GROUP_ROWS)) for (const row of rows) types.see(row);
    return await columnFile(types.columns, groups(chunks));
  };

async function* groups(chunks: readonly Uint8Array[]): AsyncGenerator<readonly TableRow[]> {
  yield* rowsOf(chunks, GROUP_ROWS);
}

/** `time`: an ISO 8601 text. `json`: any value that JSON has. */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'time' | 'json';

export interface TypedColumn {
  readonly name: string;
  readonly type: ColumnType;
}

export type TableRow = Readonly<Record<string, unknown>>;

/**
 * A table as one file that keeps it by columns. What a row does not have is null. The caller sees to it that values have the type of
 * their column, and that groups are small enough to be held in memory.
 */
export type ColumnFile = (
  columns: readonly TypedColumn[],
  groups: AsyncIterable<readonly TableRow[]>,
) => Promise<Uint8Array>;

import type { ColumnFile, ColumnType, TableRow, TypedColumn } from '@precedent/ports';
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { BasicType, ColumnSource } from 'hyparquet-writer';

/** A table as a Parquet file, each group of rows a row group. */
export const parquetFile: ColumnFile = async (columns, groups) => {
  const writer = new ByteWriter();
  const schema = schemaFromColumnData({ columnData: columnsOf(columns, []) });
  const file = new ParquetWriter({ writer, schema, createdBy: 'precedent' });
  for await (const rows of groups) {
    if (rows.length === 0) continue;
    const columnData = columnsOf(columns, rows).map(({ name, data }) => ({ name, data }));
    await file.write({ columnData, rowGroupSize: rows.length });
  }
  await file.finish();
  return writer.getBytes();
};

const TYPES: Readonly<Record<ColumnType, BasicType>> = {
  text: 'STRING',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
  json: 'JSON',
};

const columnsOf = (columns: readonly TypedColumn[], rows: readonly TableRow[]): ColumnSource[] =>
  columns.map(({ name, type }) => ({
    name,
    type: TYPES[type],
    data: rows.map((row) => valueOf(Object.hasOwn(row, name) ? row[name] : undefined, type)),
  }));

const valueOf = (value: unknown, type: ColumnType): unknown => {
  if (value === undefined || value === null) return null;
  if (type === 'integer') return BigInt(value as number);
  return type === 'time' ? new Date(value as string) : value;
};

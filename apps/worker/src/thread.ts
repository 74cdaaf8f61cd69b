import type { ColumnFile } from '@precedent/ports';
import { serveBuiltinThread } from '@precedent/work/thread';

/** The program of the threads in which built-in types process input of users. */

const columnFile: ColumnFile = async (columns, groups) => {
  const { parquetFile } = await import('@precedent/parquet');
  return await parquetFile(columns, groups);
};

serveBuiltinThread(columnFile);

import type { ColumnFile } from '@precedent/ports';
import { serveBuiltinThread } from '@precedent/work/thread';

/** The program of the threads in which built-in types work on what users sent. */

const columnFile: ColumnFile = async (columns, groups) => {
  const { parquetFile } = await import('@precedent/parquet');
  return await parquetFile(columns, groups);
};

serveBuiltinThread(columnFile);

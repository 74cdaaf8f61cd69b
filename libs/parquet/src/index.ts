export { parquetFile } from './parquet-file.ts';

import type { BuiltinTypeName } from '@precedent/contract-types';
import type { Executor, HistoryReader, ObjectStore, Upkeep, VectorIndex } from '@precedent/ports';
import { bulkExecutor } from './bulk/bulk.executor.ts';
import type { BulkOptions } from './bulk/bulk.executor.ts';
import { textExecutor } from '../text/text.executor.ts';
import { documentExecutor } from './documents/document.executor.ts';
import type { DocumentOptions } from './documents/document.executor.ts';
import type { Threads } from '../thread/threads.ts';
import type { EmbedderSource } from './embedder-source.ts';
import { rootedFiles } from './files/rooted-files.ts';
import type { RootedFilesOptions } from './files/rooted-files.ts';
import { maintenanceExecutor } from './maintenance/maintenance.executor.ts';
import type { MaintenanceOptions } from './maintenance/maintenance.executor.ts';
import { modelExecutor } from './model/model.executor.ts';
import type { ModelOptions } from './model/model.executor.ts';
import { exportExecutor } from './records/export.executor.ts';
import type { ExportOptions } from './records/export.executor.ts';
import { reportExecutor } from './records/report.executor.ts';
import type { ReportOptions } from './records/report.executor.ts';
import { storageExecutors } from './storage/storage.executors.ts';
import type { StorageOptions } from './storage/storage.executors.ts';
import { textWorkExecutor } from './text/text-work.executor.ts';
import type { TextWorkOptions } from './text/text-work.executor.ts';
import type { ThreadCalls } from './thread-calls.ts';
import { computeExecutor } from './vectors/compute.executor.ts';
import type { ComputeOptions } from './vectors/compute.executor.ts';
import { reembedExecutor } from './vectors/reembed.executor.ts';
import type { ReembedOptions } from './vectors/reembed.executor.ts';
import { vectorsExecutor } from './vectors/vectors.executor.ts';
import type { VectorsOptions } from './vectors/vectors.executor.ts';

/** How the payload of each type is checked. */
export interface BuiltinParsers {
  readonly document: DocumentOptions['parse'];
  readonly vectors: VectorsOptions['parse'];
  readonly compute: ComputeOptions['parse'];
  readonly model: ModelOptions['parse'];
  readonly text: TextWorkOptions['parse'];
  readonly storage: StorageOptions['parse'];
  readonly report: ReportOptions['parse'];
  readonly export: ExportOptions['parse'];
  readonly maintenance: MaintenanceOptions['parse'];
  readonly reembed: ReembedOptions['parse'];
  readonly bulk: BulkOptions['parse'];
}

export interface BuiltinOptions {
  readonly parse: BuiltinParsers;
  readonly vectors: VectorIndex;
  readonly embedder: EmbedderSource;
  readonly objects: ObjectStore;
  /** Sets of tasks that are to be acted on. */
  readonly sets: ObjectStore;
  /** `undefined`: reports and exports of tasks are refused with HISTORY_UNAVAILABLE. */
  readonly history: HistoryReader | undefined;
  /** Where long synchronous work over input of users is done: started with `threadCalls`. */
  readonly threads: Threads<ThreadCalls>;
  /** The stores that `system.maintenance` optimises and saves, in the order of a backup. */
  readonly upkeep: readonly Upkeep[];
  /** Absolute. Where backups go when a task names no folder. */
  readonly backupsDir: string;
  /** The folders that files are read from and written to. */
  readonly files: RootedFilesOptions;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Files of one `document.process` task. */
  readonly maxFiles: number;
  /** Of a file that `text.process` works on. */
  readonly maxTextBytes: number;
}

/** An executor for each of the built-in types. */
export const builtinExecutors = (options: BuiltinOptions): Record<BuiltinTypeName, Executor> => {
  const { parse, vectors, embedder, objects, sets, history, threads, now, maxFiles, maxTextBytes } = options;
  const files = rootedFiles(options.files);
  const storage = storageExecutors({ parse: parse.storage, objects, files });
  const counting = textExecutor({ files, maxBytes: maxTextBytes });
  return {
    'document.process': documentExecutor({
      parse: parse.document,
      files,
      threads,
      vectors,
      embedder,
      now,
      maxFiles,
    }),
    'vectors.update': vectorsExecutor({ parse: parse.vectors, vectors, embedder, now }),
    'vector.compute': computeExecutor({ parse: parse.compute, embedder, objects, threads }),
    'model.infer': modelExecutor({ parse: parse.model, embedder, objects }),
    'text.process': textWorkExecutor({ parse: parse.text, files, threads, counting, maxBytes: maxTextBytes }),
    'storage.put': storage.put,
    'storage.get': storage.get,
    'storage.copy': storage.copy,
    'storage.delete': storage.delete,
    'storage.list': storage.list,
    'report.generate': reportExecutor({ parse: parse.report, objects, history, now }),
    'data.export': exportExecutor({ parse: parse.export, objects, vectors, history, threads }),
    'system.maintenance': maintenanceExecutor({
      parse: parse.maintenance,
      objects,
      vectors,
      embedder,
      now,
      files,
      upkeep: options.upkeep,
      backupsDir: options.backupsDir,
    }),
    'vectors.reembed': reembedExecutor({ parse: parse.reembed, vectors, embedder }),
    'system.bulk': bulkExecutor({ parse: parse.bulk, sets }),
  };
};

import type { Job } from '@precedent/contract-types';
import { AppError, ownValue } from '@precedent/kernel';
import { userCollection } from '@precedent/ports';
import type { Executor, HistoryReader, ExecutorContext, ObjectStore, VectorIndex } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import { invalidField } from '../refusal.ts';
import { isYieldRequested, isCount, resumed, safePoint } from '../safe-point.ts';
import type { Threads } from '../../thread/threads.ts';
import { taskObjects } from '../storage/task-objects.ts';
import type { TaskObjects } from '../storage/task-objects.ts';
import { csvRow } from './csv.ts';
import { exportSource } from './export-source.ts';
import type { ExportRow, ExportSource, SourceCall } from './export-source.ts';
import type { ThreadCalls } from '../thread-calls.ts';

/** A checked `data.export` payload. */
export interface ExportCall extends SourceCall {
  readonly format: 'jsonl' | 'csv' | 'parquet';
  readonly to: string;
  /** Rows. */
  readonly limit: number;
}

export interface ExportOptions {
  readonly parse: Parse<ExportCall>;
  readonly objects: ObjectStore;
  readonly vectors: VectorIndex;
  readonly history: HistoryReader | undefined;
  /** Where rows become a Parquet file. */
  readonly threads: Threads<ThreadCalls>;
}

/**
 * Exports rows into an object. When the attempt yields, the rows so far are stored as parts, which the last attempt joins. A Parquet file has
 * all offsets at its end, so its parts are JSON lines, and become row groups when all rows are there.
 * Rejects with INVALID_TASK, PAYLOAD_TOO_LARGE, HISTORY_UNAVAILABLE, VECTORS_UNAVAILABLE, NATS_UNREACHABLE, or a stop.
 */
export const exportExecutor = (options: ExportOptions): Executor =>
  checked(options.parse, async (call, job, context) => {
    const { vectors, history } = options;
    await refuseUnknown(call, vectors);
    const source = exportSource(call, { history, vectors, job });
    return await new ExportRun(call, { source, context, job, options }).result();
  });

const refuseUnknown = async ({ collection }: ExportCall, vectors: VectorIndex): Promise<void> => {
  if (collection === undefined || (await vectors.collections()).includes(userCollection(collection))) return;
  throw invalidField('collection', `there is no collection ${collection}`);
};

/** What is in the parts. */
interface ExportState {
  readonly kind: typeof EXPORT_STATE;
  /** The last row that is in a part. */
  readonly after: string;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
}

const EXPORT_STATE = 'export/1';
const EMPTY: ExportState = { kind: EXPORT_STATE, after: '', rows: 0, bytes: 0, parts: 0 };
const PAGE = 500;
/** Bytes at which a part is written without a request to yield. */
const PART_BYTES = 4 * 1024 * 1024;
/** Milliseconds that a thread may take to make a file of columns. */
const TABLE_MS = 600_000;

interface Parts {
  readonly source: ExportSource;
  readonly context: ExecutorContext;
  readonly job: Job;
  readonly options: ExportOptions;
}

class ExportRun {
  readonly #call: ExportCall;
  readonly #source: ExportSource;
  readonly #context: ExecutorContext;
  readonly #objects: TaskObjects;
  readonly #threads: Threads<ThreadCalls>;
  readonly #id: string;
  readonly #columns: readonly string[];
  #state: ExportState;
  #text: string[] = [];
  /** Bytes of the text that is in no part. */
  #open = 0;

  constructor(call: ExportCall, { source, context, job, options }: Parts) {
    this.#call = call;
    this.#source = source;
    this.#context = context;
    this.#objects = taskObjects(options.objects, job);
    this.#threads = options.threads;
    this.#id = job.id;
    this.#columns = call.columns ?? source.columns;
    this.#state =
      resumed<ExportState>(
        context,
        EXPORT_STATE,
        ({ after, rows, bytes, parts }) =>
          typeof after === 'string' && isCount(rows) && isCount(bytes) && isCount(parts),
      ) ?? EMPTY;
  }

  async result(): Promise<unknown> {
    let isMore = this.#state.after !== '' || this.#state.rows === 0;
    if (this.#state.rows === 0 && this.#call.format === 'csv') this.#write(csvRow(this.#columns));
    while (isMore && this.#state.rows < this.#call.limit) {
      const limit = Math.min(PAGE, this.#call.limit - this.#state.rows);
      const { rows, next } = await this.#source.page(this.#state.after, limit);
      for (const row of rows) this.#write(this.#lineOf(row));
      this.#state = { ...this.#state, rows: this.#state.rows + rows.length, after: next ?? '' };
      this.#context.progress(Math.min(1, this.#state.rows / this.#call.limit), `${this.#state.rows} rows`);
      isMore = next !== undefined;
      if (isMore) await this.#safePoint();
    }
    return await this.#join(isMore);
  }

  #lineOf(row: ExportRow): string {
    if (this.#call.format === 'csv') return csvRow(this.#columns.map((column) => ownValue(row, column)));
    if (this.#call.columns === undefined && this.#call.format === 'jsonl') return `${JSON.stringify(row)}\n`;
    return `${JSON.stringify(Object.fromEntries(this.#columns.map((column) => [column, ownValue(row, column)])))}\n`;
  }

  #write(line: string): void {
    this.#text.push(line);
    this.#open += Buffer.byteLength(line);
    const bytes = this.#state.bytes + this.#open;
    const { maxObjectBytes } = this.#objects;
    if (bytes > maxObjectBytes)
      throw new AppError(
        'PAYLOAD_TOO_LARGE',
        `the export has more than ${maxObjectBytes} bytes; limit its rows`,
      );
  }

  async #safePoint(): Promise<void> {
    const due = this.#open >= PART_BYTES;
    if (due || isYieldRequested(this.#context)) await this.#part();
    await safePoint(this.#context, this.#state, { due, fresh: true, fraction: 0 });
  }

  /** A part whose checkpoint was not saved is written again, under the same name. */
  async #part(): Promise<void> {
    await this.#objects.put(this.#partName(this.#state.parts), this.#text.join(''));
    this.#state = { ...this.#state, bytes: this.#state.bytes + this.#open, parts: this.#state.parts + 1 };
    this.#text = [];
    this.#open = 0;
  }

  async #join(truncated: boolean): Promise<unknown> {
    const { to, format } = this.#call;
    const chunks: Uint8Array[] = [];
    for (const name of this.#partNames()) chunks.push(await this.#partOf(name));
    chunks.push(Buffer.from(this.#text.join('')));
    const content = format === 'parquet' ? await this.#table(chunks) : Buffer.concat(chunks);
    const stored = await this.#objects.put(to, content, TYPES[format]);
    for (const name of this.#partNames()) await this.#objects.remove(name);
    return { ...stored, rows: this.#state.rows, truncated };
  }

  async #table(chunks: readonly Uint8Array[]): Promise<Uint8Array> {
    const options = { context: this.#context, limitMs: TABLE_MS };
    return await this.#threads.run('table', { chunks, columns: this.#columns }, options);
  }

  #partNames(): string[] {
    return Array.from({ length: this.#state.parts }, (_, i) => this.#partName(i));
  }

  async #partOf(name: string): Promise<Uint8Array> {
    const content = await this.#objects.get(name);
    if (content !== undefined) return content;
    throw new AppError('HANDLER_FAILED', `part ${name} of the export is gone; submit the task again`);
  }

  /** No name that a task may choose begins with a dot. */
  #partName(number: number): string {
    return `.parts/${this.#id}/${number}`;
  }
}

const TYPES = {
  jsonl: 'application/jsonl',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const;

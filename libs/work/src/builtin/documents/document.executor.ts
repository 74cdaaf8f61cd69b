import type { Job } from '@precedent/contract-types';
import { sep } from 'node:path';
import { AppError, canonicalJson, isAppError } from '@precedent/kernel';
import type { Embedder, Executor, ExecutorContext, VectorIndex } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import type { RootedFiles } from '../files/rooted-files.ts';
import { walk } from '../files/walk.ts';
import { CallFailure } from '../../thread/call-failure.ts';
import type { Threads } from '../../thread/threads.ts';
import { AttemptYield } from '../../yield-signal.ts';
import { isYieldRequested, resumed, safePoint } from '../safe-point.ts';
import type { ThreadCalls } from '../thread-calls.ts';
import { collectionSpecFor } from '../vectors/collection-spec.ts';
import { labelledIndex } from '../vectors/labelled-index.ts';
import { ChunkIndex } from './chunk-index.ts';
import type { Chunk, ChunkOptions } from './chunks.ts';
import type { CutDocument } from './cut-document.ts';
import { documentKindOf } from './document-kind.ts';
import {
  DOCUMENT_STATE,
  EMPTY_STATE,
  isDocumentState,
  resultOf,
  withIndexedFile,
  withSkip,
} from './document-state.ts';
import type { DocumentResult, DocumentState, SkipReason } from './document-state.ts';

/** A checked `document.process` payload. */
export interface DocumentCall {
  readonly paths?: readonly string[] | undefined;
  readonly folder?: string | undefined;
  readonly globs: readonly string[];
  readonly exclude: readonly string[];
  readonly collection: string;
  readonly chunk: ChunkOptions;
  readonly maxFileBytes: number;
  /** Chunks between two checkpoints. */
  readonly batch: number;
  readonly removeMissing: boolean;
}

export interface DocumentOptions {
  readonly parse: Parse<DocumentCall>;
  readonly files: RootedFiles;
  /** Where documents are cut. */
  readonly threads: Threads<ThreadCalls>;
  readonly vectors: VectorIndex;
  readonly embedder: EmbedderSource;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Files of one task; more are refused. */
  readonly maxFiles: number;
}

/**
 * Indexes files in a collection: reads, cuts, embeds and stores them. Resolves to a `DocumentResult`; rejects with INVALID_TASK,
 * VECTORS_UNAVAILABLE, EMBEDDER_UNAVAILABLE, a `AttemptYield` between two batches, or the error of a stop. It may run any
 * number of times, and be interrupted anywhere: a file that is not completely indexed is indexed again.
 */
export const documentExecutor = (options: DocumentOptions): Executor =>
  checked(options.parse, async (call, job, context) => {
    const parts = { ...options, embedder: await options.embedder() };
    return await new DocumentRun(parts, call, job, context).result();
  });

type DocumentParts = Omit<DocumentOptions, 'embedder'> & { readonly embedder: Embedder };

/** Change it when the same file would be cut into other chunks. */
const CUT_VERSION = 'chunks/4';
/** Milliseconds that a thread may take to cut one document. */
const CUT_MS = 30_000;

class DocumentRun {
  readonly #options: DocumentParts;
  readonly #call: DocumentCall;
  readonly #context: ExecutorContext;
  readonly #index: ChunkIndex;
  readonly #recipe: string;
  #state: DocumentState;
  /** Whether the state has changed since the last checkpoint. */
  #isFresh = false;
  #files = 1;

  constructor(options: DocumentParts, call: DocumentCall, job: Job, context: ExecutorContext) {
    const { vectors, embedder, now } = options;
    this.#options = options;
    this.#call = call;
    this.#context = context;
    this.#index = new ChunkIndex({
      vectors: labelledIndex(vectors, job),
      embedder,
      now,
      namespace: job.namespace,
      collection: call.collection,
    });
    this.#recipe = canonicalJson([CUT_VERSION, embedder.model, call.chunk]);
    this.#state = resumed<DocumentState>(context, DOCUMENT_STATE, isDocumentState) ?? EMPTY_STATE;
  }

  async result(): Promise<DocumentResult> {
    const { vectors, embedder } = this.#options;
    const folder = await this.#folder();
    const paths = await this.#paths(folder);
    this.#files = Math.max(1, paths.length);
    await vectors.ensure(collectionSpecFor(this.#call.collection, embedder));
    for (const path of paths) {
      if (path <= this.#state.after) continue;
      await this.#safePoint();
      await this.#file(path);
      this.#reportProgress();
    }
    await this.#index.flush();
    if (folder !== undefined && this.#call.removeMissing) await this.#sweep(folder, new Set(paths));
    return resultOf(this.#state);
  }

  async #folder(): Promise<string | undefined> {
    const { folder } = this.#call;
    if (folder === undefined) return undefined;
    const real = await this.#options.files.real(folder);
    if (real === undefined) throw new AppError('INVALID_TASK', `payload.folder: ${folder} does not exist`);
    return real;
  }

  async #paths(folder: string | undefined): Promise<string[]> {
    const { files, maxFiles } = this.#options;
    const { paths = [], globs, exclude } = this.#call;
    if (folder === undefined) {
      const places = await Promise.all(paths.map((path) => files.place(path)));
      return [...new Set(places)].sort();
    }
    return await walk(files, folder, { globs, exclude, maxFiles, alive: () => this.#context.heartbeat() });
  }

  /** Between two files, or two batches of one. The waiting chunks are stored before the attempt yields. */
  async #safePoint(): Promise<void> {
    const isDue = this.#index.waiting >= this.#call.batch;
    if (isDue || (isYieldRequested(this.#context) && this.#index.waiting > 0)) await this.#index.flush();
    const fraction = Math.min(1, this.#state.files / this.#files);
    await safePoint(this.#context, this.#state, { due: isDue, fresh: this.#isFresh, fraction });
    if (isDue) this.#isFresh = false;
  }

  async #file(path: string): Promise<void> {
    const { files } = this.#options;
    const read = await files.read(path, this.#call.maxFileBytes);
    if (read.kind === 'missing') return this.#missing(path);
    if (read.kind !== 'content') return this.#skip(path, read.kind);
    const cut = await this.#cut(path, read.bytes);
    if ('skip' in cut) return this.#skip(path, cut.skip);
    this.#isFresh = true;
    const { hash, chunks } = cut;
    const file = { path, hash, kind: documentKindOf(path), chunks: chunks.length };
    const came = { bytes: read.bytes.length };
    if (await this.#index.holds(file)) {
      this.#state = withIndexedFile(this.#state, path, { ...came, unchanged: 1 });
      return;
    }
    await this.#chunks(file, chunks);
    this.#index.finish(path, hash);
    this.#state = withIndexedFile(this.#state, path, { ...came, indexed: 1 });
  }

  /** Skips a document that takes its thread too much time or memory. A request to yield ends the thread, and the attempt, at once. */
  async #cut(path: string, bytes: Uint8Array): Promise<CutDocument> {
    const input = { bytes, kind: documentKindOf(path), options: this.#call.chunk, recipe: this.#recipe };
    try {
      return await this.#options.threads.run('cut', input, { context: this.#context, limitMs: CUT_MS });
    } catch (error) {
      if (error instanceof AttemptYield) await this.#safePoint();
      if (!(error instanceof CallFailure)) throw error;
      return { skip: error.reason === 'too_slow' ? 'too_slow' : 'too_complex' };
    }
  }

  async #chunks(file: Parameters<ChunkIndex['add']>[0], chunks: readonly Chunk[]): Promise<void> {
    const { path, hash } = file;
    const { partial } = this.#state;
    // A file that has changed since then starts from its first chunk.
    const done = partial?.path === path && partial.hash === hash ? partial.chunks : 0;
    for (const [number, chunk] of chunks.entries()) {
      if (number < done) continue;
      await this.#safePoint();
      this.#index.add(file, number, chunk);
      this.#state = {
        ...this.#state,
        chunks: this.#state.chunks + 1,
        partial: { path, hash, chunks: number + 1 },
      };
      this.#isFresh = true;
      if (this.#index.waiting >= this.#call.batch) this.#reportProgress((number + 1) / chunks.length);
    }
  }

  #skip(path: string, reason: SkipReason): void {
    this.#isFresh = true;
    this.#index.finish(path);
    this.#state = withSkip(this.#state, path, reason);
  }

  async #missing(path: string): Promise<void> {
    const removed = await this.#index.forget([path]);
    this.#isFresh = true;
    this.#state =
      removed > 0
        ? withIndexedFile(this.#state, path, { removed: 1 })
        : withSkip(this.#state, path, 'missing');
  }

  /** Removes the files of the folder that do not exist any more. A file that only matches no glob of this task stays. */
  async #sweep(folder: string, there: ReadonlySet<string>): Promise<void> {
    const below = folder.endsWith(sep) ? folder : folder + sep;
    for await (const page of this.#index.paths()) {
      await this.#safePoint();
      const candidates = page.filter((path) => path.startsWith(below) && !there.has(path));
      const gone: string[] = [];
      for (const path of candidates) {
        if (await this.#isGone(path)) gone.push(path);
      }
      if (gone.length > 0) await this.#index.forget(gone);
      this.#state = { ...this.#state, removed: this.#state.removed + gone.length };
      this.#isFresh ||= gone.length > 0;
    }
  }

  /** A path that leads out of the allowed folders by now counts as gone too: it is not the file that was indexed. */
  async #isGone(path: string): Promise<boolean> {
    try {
      return (await this.#options.files.real(path)) === undefined;
    } catch (error) {
      if (isAppError(error)) return true;
      throw error;
    }
  }

  #reportProgress(ofFile = 0): void {
    const { files, chunks } = this.#state;
    const fraction = Math.min(1, (files + ofFile) / this.#files);
    this.#context.progress(fraction, `${files} of ${this.#files} files, ${chunks} chunks`);
  }
}

import { EMBEDDER_FIELD, userCollection } from '@precedent/ports';
import type { Embedder, Point, VectorIndex } from '@precedent/ports';
import { chunkId } from '../vectors/point-id.ts';
import type { Chunk } from './chunks.ts';

/** A file in the collection. */
export interface IndexedFile {
  readonly path: string;
  /** Of its content, and of how it was cut and embedded. */
  readonly hash: string;
  readonly kind: string;
  readonly chunks: number;
}

export interface ChunkIndexOptions {
  readonly vectors: VectorIndex;
  readonly embedder: Embedder;
  readonly namespace: string;
  readonly collection: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface PendingChunk {
  readonly file: IndexedFile;
  readonly chunk: Chunk;
  readonly number: number;
}

/** Chunks of files in one collection. Added chunks are durable after `flush`. They may be added again, because their ids are derived. */
export class ChunkIndex {
  readonly #options: ChunkIndexOptions;
  readonly #collection: string;
  #pendingChunks: PendingChunk[] = [];
  /** Path → the hash whose chunks stay. */
  readonly #finished = new Map<string, string>();

  constructor(options: ChunkIndexOptions) {
    this.#options = options;
    this.#collection = userCollection(options.collection);
  }

  /** Chunks, or files to be cleaned up, that wait for `flush`. */
  get waiting(): number {
    return Math.max(this.#pendingChunks.length, this.#finished.size);
  }

  /** Whether all chunks of the file with this hash are stored. */
  async holds({ path, hash, chunks }: IndexedFile): Promise<boolean> {
    const { vectors, namespace } = this.#options;
    return (await vectors.count(this.#collection, { namespace, fields: { path, hash } })) === chunks;
  }

  add(file: IndexedFile, number: number, chunk: Chunk): void {
    this.#pendingChunks.push({ file, number, chunk });
  }

  /** The next `flush` removes all chunks of the file that have another hash. */
  finish(path: string, hash = ''): void {
    this.#finished.set(path, hash);
  }

  async flush(): Promise<void> {
    const { vectors, embedder, namespace } = this.#options;
    const pendingChunks = this.#pendingChunks;
    this.#pendingChunks = [];
    if (pendingChunks.length > 0) {
      const embedded = await embedder.embed(pendingChunks.map(textOf));
      await vectors.upsert(
        this.#collection,
        pendingChunks.map((pendingChunk, i) => this.#point(pendingChunk, embedded[i] ?? new Float32Array())),
      );
    }
    if (this.#finished.size === 0) return;
    const [path, hash] = [[...this.#finished.keys()], [...this.#finished.values()]];
    this.#finished.clear();
    await vectors.remove(this.#collection, { namespace, fields: { path }, not: { hash } });
  }

  /** Removes files; resolves to how many of them were indexed. */
  async forget(paths: readonly string[]): Promise<number> {
    const { vectors, namespace } = this.#options;
    const filter = { namespace, fields: { path: paths } };
    const known = await vectors.count(this.#collection, { namespace, fields: { path: paths, chunk: 0 } });
    await vectors.remove(this.#collection, filter);
    return known;
  }

  /** The paths of all files in the collection, page by page. */
  async *paths(): AsyncGenerator<readonly string[]> {
    const { vectors, namespace } = this.#options;
    let after: string | undefined;
    do {
      const filter = { namespace, fields: { chunk: 0 } };
      const page = { limit: PAGE, ...(after !== undefined && { after }) };
      const { points, next } = await vectors.scroll(this.#collection, filter, page);
      yield points.map(({ payload }) => String(payload['path']));
      after = next;
    } while (after !== undefined);
  }

  #point({ file, number, chunk }: PendingChunk, vector: Float32Array): Point {
    const { namespace, collection, embedder, now } = this.#options;
    const { path, hash, kind, chunks } = file;
    const text = textOf({ chunk });
    return {
      id: chunkId(namespace, collection, path, number),
      vector,
      payload: {
        namespace,
        at: now(),
        text,
        path,
        hash,
        kind,
        chunk: number,
        chunks,
        heading: chunk.heading,
        [EMBEDDER_FIELD]: embedder.model.name,
      },
    };
  }
}

const PAGE = 1_000;

/** The heading is part of what a chunk means. */
const textOf = ({ chunk: { heading, text } }: Pick<PendingChunk, 'chunk'>): string =>
  heading === '' ? text : `${heading}\n\n${text}`;

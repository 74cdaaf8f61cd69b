import type { Embedder, ExecutorContext } from '@precedent/ports';
import { resumed, safePoint } from '../safe-point.ts';

/** The vectors so far. */
interface EmbeddedState {
  readonly kind: typeof EMBEDDED_STATE;
  /** Each the bytes of its floats, little-endian, in base64. */
  readonly vectors: readonly string[];
}

const EMBEDDED_STATE = 'embedded/1';
const BATCH = 16;
/** Batches between two regular checkpoints. */
const BATCHES_PER_CHECKPOINT = 8;

/** A vector for each text, in order. Between two batches the attempt can be preempted, and is resumed there. */
export const embedAll = async (
  texts: readonly string[],
  embedder: Embedder,
  context: ExecutorContext,
): Promise<readonly Float32Array[]> => {
  const state = resumed<EmbeddedState>(
    context,
    EMBEDDED_STATE,
    ({ vectors: done }) => Array.isArray(done) && done.length <= texts.length,
  );
  const vectors = (state?.vectors ?? []).map(unpacked);
  while (vectors.length < texts.length) {
    vectors.push(...(await embedder.embed(texts.slice(vectors.length, vectors.length + BATCH))));
    const fraction = vectors.length / texts.length;
    context.progress(fraction, `${vectors.length} of ${texts.length} texts`);
    if (vectors.length >= texts.length) break;
    const due = vectors.length % (BATCH * BATCHES_PER_CHECKPOINT) === 0;
    if (due || context.yieldSignal.aborted || context.signal.aborted) {
      const checkpoint: EmbeddedState = { kind: EMBEDDED_STATE, vectors: vectors.map(packed) };
      await safePoint(context, checkpoint, { due, fresh: true, fraction });
    }
  }
  return vectors;
};

const packed = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');

const unpacked = (text: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
